import {
  count,
  flag,
  list,
  named,
  object,
  oneOf,
  ref,
  text,
  texts,
  time,
  type NamedSchema,
} from './json-schema.ts';

const bytes = { ...count, description: 'Bytes' };
const percent = { type: 'integer', minimum: 0, maximum: 100 };
const anyObject = { type: 'object', additionalProperties: true };
const hash = { ...text, description: 'Hex' };

const planState = oneOf('gathering', 'whole');
const planHead = { id: text, issuer: text, createdAt: time, expiresAt: time, state: planState };
const planDetails = { verdicts: { ...text, description: 'The verdict list that was added to the policy' } };
const rolloutPhase = oneOf('running', 'pausing', 'stopped', 'done', 'undoing', 'undone');
const rolloutHead = {
  id: text,
  planId: text,
  issuer: text,
  createdAt: time,
  phase: rolloutPhase,
  stage: { ...count, description: '0 the canary, 1 the share, 2 all' },
};
const rolloutDetails = {
  why: { ...text, description: 'Why it was stopped' },
  resumeAt: { ...time, description: 'When the pause between two stages ends' },
};
const command = {
  id: text,
  node: text,
  issuer: text,
  action: text,
  issuedAt: time,
  expiresAt: time,
  state: oneOf('waiting', 'sent', 'done', 'failed', 'refused', 'expired'),
  hasDetail: flag,
};
const commandDetails = {
  sentAt: time,
  finishedAt: time,
  message: text,
  audit: {
    ...object({ hash, sequence: count }),
    description: "Where the node's own audit log ended when it told the result",
  },
};
const verdictList = { name: text, issuer: text, changedAt: time };
const chainEnd = object({ sequence: count, at: time });

export const cleanupSchemas: readonly NamedSchema[] = [
  named(
    'PlannedNode',
    'How far the plan of a node is; images go, kept stay, bytes are freed',
    object(
      {
        node: text,
        state: oneOf('waiting', 'asked', 'disconnected', 'planned', 'failed', 'refused', 'expired'),
      },
      {
        why: text,
        planId: hash,
        stateHash: hash,
        images: count,
        kept: count,
        bytes,
        refusals: { ...texts, description: 'Why nothing would go' },
        omittedKept: { ...count, description: 'Images that stay and are left out of the plan for its size' },
      },
    ),
  ),
  named(
    'FleetPlanSummary',
    'Plans of many nodes, in numbers',
    object({ ...planHead, nodes: count, planned: count, images: count, bytes }, planDetails),
  ),
  named(
    'FleetPlan',
    'Plans of many nodes by one policy; each is below nodes/{node}, image by image',
    object({ ...planHead, policy: anyObject, nodes: list(ref('PlannedNode')) }, planDetails),
  ),
  named(
    'NodePlan',
    'The plan of a node as `tallyman cleanup plan --format json` prints it there',
    object({ plan: anyObject, omittedKept: count }),
  ),
  named(
    'RolloutSettings',
    'How carefully it goes; times in ms',
    object({
      canary: count,
      sharePercent: percent,
      atOnce: count,
      pauseMs: count,
      answerMs: count,
      tolerance: object({ troubledPercent: percent, leftPercent: percent, bytesPercent: percent }),
    }),
  ),
  named(
    'RolloutNode',
    'A node in a rollout; images and bytes are what its plan removes, removed and measuredBytes what was',
    object(
      {
        node: text,
        planId: hash,
        stateHash: hash,
        images: count,
        bytes,
        state: oneOf('left-out', 'waiting', 'unreached', 'running', 'done', 'surprising', 'failed'),
      },
      {
        why: text,
        stage: count,
        begunAt: time,
        receiptId: text,
        undoUntil: time,
        removed: count,
        measuredBytes: bytes,
        undo: oneOf('waiting', 'running', 'done', 'failed'),
        undoWhy: text,
        undoBegunAt: time,
      },
    ),
  ),
  named(
    'RolloutSummary',
    'A rollout in numbers: nodes that are in it, and how many of them have run to their end',
    object({ ...rolloutHead, nodes: count, over: count }, rolloutDetails),
  ),
  named(
    'Rollout',
    'Plans of many nodes carried out; undoRound counts how often it was asked to be undone',
    object(
      {
        ...rolloutHead,
        movedAt: time,
        undoRound: count,
        settings: ref('RolloutSettings'),
        nodes: list(ref('RolloutNode')),
      },
      rolloutDetails,
    ),
  ),
  named(
    'Receipt',
    'What a cleanup run did on a node; the last word on it',
    object(
      {
        node: text,
        runId: text,
        planId: hash,
        issuer: text,
        begunAt: time,
        storedAt: time,
        predictedBytes: bytes,
        measuredBytes: bytes,
        items: list(
          object(
            {
              imageId: text,
              names: texts,
              status: text,
              why: text,
              predictedBytes: bytes,
              measuredBytes: bytes,
            },
            { reason: text },
          ),
        ),
      },
      {
        endedAt: time,
        outcome: oneOf('done', 'partial', 'failed', 'interrupted'),
        reason: text,
        undoUntil: { ...time, description: 'Until then images can be brought back' },
      },
    ),
  ),
  named('Command', 'An order to one node, and what came of it', object(command, commandDetails)),
  named('VerdictListSummary', 'A verdict list', object({ ...verdictList, entries: count })),
  named(
    'Verdict',
    'An image ID or manifest digest, and why it should go',
    object({ digest: text, reason: text }),
  ),
  named(
    'VerdictList',
    'Images that should go, each with its reason',
    object({ ...verdictList, entries: list(ref('Verdict')) }),
  ),
  named(
    'AuditRecord',
    'A link of the audit log: hash is SHA-256 over the hash before it, a line feed and entry',
    object({ sequence: count, at: time, hash, entry: { ...text, description: 'Canonical JSON' } }),
  ),
  named(
    'AuditVerification',
    'Whether the audit log is whole; broken names the first entry that is not what it should be',
    object(
      { kind: oneOf('whole', 'broken') },
      {
        entries: count,
        first: chainEnd,
        last: chainEnd,
        head: object({ sequence: count, hash }),
        shortened: {
          ...list(object({ node: text, sequence: count, before: count, now: count })),
          description: 'Nodes whose own log ended earlier, by what they told, than it had before',
        },
        sequence: count,
        why: text,
      },
    ),
  ),
];
