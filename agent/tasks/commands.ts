import type { EventBody, Outcome } from '../../proto/codec/event.ts';
import type { CommandStore } from '../state/command-store.ts';
import type { CommandDelivery } from '../uplink/command-gate.ts';

export interface CommandParts {
  readonly store: Pick<CommandStore, 'begin' | 'finish'>;
  readonly report: (event: EventBody) => void;
  /** Reads the node anew soon. */
  readonly scan: () => void;
}

const text = new TextEncoder();

/** Carries out what the collector orders, each command at most once; the result goes out as an event. */
export function commandHandler({ store, report, scan }: CommandParts): (delivery: CommandDelivery) => void {
  return (delivery) => {
    const { command } = delivery;
    if (delivery.verdict !== 'execute') {
      report(result(command.id, delivery.verdict, delivery.message));
      return;
    }
    const claim = store.begin(command.id, command.expiresAt);
    if (claim.kind === 'done') {
      report(result(command.id, 'done', new TextDecoder().decode(claim.result)));
      return;
    }
    if (claim.kind !== 'new') {
      const why =
        claim.kind === 'begun'
          ? 'It was begun before and its end is not known.'
          : 'Too many commands are remembered; try later.';
      report(result(command.id, 'refused', why));
      return;
    }
    const [outcome, message] = execute(command.action.kind, scan);
    store.finish(command.id, text.encode(message), command.expiresAt);
    report(result(command.id, outcome, message));
  };
}

function execute(kind: CommandDelivery['command']['action']['kind'], scan: () => void): [Outcome, string] {
  switch (kind) {
    case 'ping':
      return ['done', 'The agent is here.'];
    case 'scan':
      scan();
      return ['done', 'The node is being read anew.'];
    case 'plan-cleanup':
    case 'apply-plan':
    case 'undo':
    case 'free':
      return ['refused', 'This agent removes nothing: cleanup is not part of this version.'];
    case 'unknown':
      return ['refused', 'This agent does not know such a command; it is older than the collector.'];
  }
}

function result(commandId: string, outcome: Outcome, message: string): EventBody {
  return { kind: 'command-result', commandId, outcome, message };
}
