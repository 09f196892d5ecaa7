import { checkPolicy } from '../core/cleanup/policy-json.ts';
import type { CleanupPolicy, DiskMarks, NodeCeilings } from '../core/cleanup/policy.ts';
import type { Settings, SettingsSpec } from '../platform/config.ts';
import { CENTURY_MS, DAY_MS } from '../platform/setting-values.ts';

/** How to choose what a plan removes: as flags, in a file, or as variables. docs/cleanup.md has an example of each. */
export const policySettings = {
  unusedFor: {
    type: 'duration',
    default: '7d',
    min: 0,
    max: CENTURY_MS,
    help: 'Remove what was not in use for this long',
  },
  minimumAge: {
    type: 'duration',
    default: '24h',
    min: 0,
    max: CENTURY_MS,
    help: 'Keep what is on this node for less',
  },
  keepNewest: {
    type: 'number',
    default: '0',
    min: 0,
    help: 'Of each repository keep so many images, those that came to this node last',
  },
  only: {
    type: 'list',
    default: '',
    help: 'Only images of which every name is meant by one of these patterns',
  },
  never: { type: 'list', default: '', help: 'No image of which any name is meant by one of these patterns' },
  diskHigh: {
    type: 'number',
    min: 0,
    max: 100,
    help: 'Remove only when the disk is fuller than this, in percent',
  },
  diskLow: { type: 'number', min: 0, max: 100, help: 'and then just enough to get below this' },
  inodesHigh: { type: 'number', min: 0, max: 100, help: 'The same for inodes' },
  inodesLow: { type: 'number', min: 0, max: 100, help: 'and their low mark' },
  unpullable: {
    type: 'boolean',
    default: 'false',
    help: 'Also images that did not come from a registry: they cannot be pulled again',
  },
  maxImages: { type: 'number', min: 0, help: 'Most images that one run removes' },
  maxBytes: { type: 'bytes', min: 0, help: 'Most bytes that one run frees' },
  maxTime: { type: 'duration', min: 1000, max: 30 * DAY_MS, help: 'Longest that one run may take' },
  grace: {
    type: 'duration',
    default: '1h',
    min: 0,
    max: CENTURY_MS,
    help: 'A removal can be undone for so long; the space is free after it',
  },
} as const satisfies SettingsSpec;

/** What the node says about every removal, whoever asks for it. */
export const ceilingSettings = {
  cleanupRemoval: {
    type: 'boolean',
    default: 'false',
    help: 'Whether images may be removed on this node at all',
  },
  cleanupNever: { type: 'list', default: '', help: 'Patterns of images that are never removed on this node' },
  cleanupMinimumAge: {
    type: 'duration',
    default: '1h',
    min: 0,
    max: CENTURY_MS,
    help: 'Nothing is removed that is on this node for less',
  },
  cleanupUnpullable: {
    type: 'boolean',
    default: 'false',
    help: 'Whether a policy may remove what cannot be pulled again',
  },
  cleanupDisks: {
    type: 'list',
    default: '/var/lib/containerd,/var/lib/docker',
    help: 'Folders on the disks that engines keep images on, for disk marks',
  },
  cleanupMaxImages: { type: 'number', min: 0, help: 'Most images that any run removes here' },
  cleanupMaxBytes: { type: 'bytes', min: 0, help: 'Most bytes that any run frees here' },
  cleanupMaxTime: {
    type: 'duration',
    min: 1000,
    max: 30 * DAY_MS,
    help: 'Longest that any run may take here',
  },
} as const satisfies SettingsSpec;

/** When the agent cleans up by itself; the policy is that of the settings above. */
export const scheduleSettings = {
  cleanupSchedule: {
    type: 'string',
    default: 'off',
    help: 'When to clean up without being asked, as a cron expression',
  },
  cleanupDryRun: { type: 'boolean', default: 'false', help: 'The schedule only logs what would go' },
} as const satisfies SettingsSpec;

/** Throws a PolicyError for patterns and marks that cannot be. */
export function policyFrom(settings: Settings<typeof policySettings>): CleanupPolicy {
  const disk: DiskMarks = {
    ...marks('bytes', settings.diskHigh, settings.diskLow),
    ...marks('inodes', settings.inodesHigh, settings.inodesLow),
  };
  return checkPolicy({
    unusedForMs: settings.unusedFor,
    minimumAgeMs: settings.minimumAge,
    keepNewest: settings.keepNewest,
    only: settings.only,
    never: settings.never,
    ...(Object.keys(disk).length > 0 && { disk }),
    verdicts: [],
    verdictsOnly: false,
    unpullable: settings.unpullable,
    limits: limits(settings.maxImages, settings.maxBytes, settings.maxTime),
    graceMs: settings.grace,
  });
}

export function ceilingsFrom(settings: Settings<typeof ceilingSettings>): NodeCeilings {
  return {
    isRemovalAllowed: settings.cleanupRemoval,
    never: settings.cleanupNever,
    minimumAgeMs: settings.cleanupMinimumAge,
    isUnpullableAllowed: settings.cleanupUnpullable,
    limits: limits(settings.cleanupMaxImages, settings.cleanupMaxBytes, settings.cleanupMaxTime),
  };
}

/** The low mark is five below the high one when only that is given. */
function marks(unit: 'bytes' | 'inodes', high: number | undefined, low: number | undefined): DiskMarks {
  if (high === undefined && low === undefined) return {};
  const top = high ?? 100;
  return { [unit]: { high: top, low: low ?? Math.max(0, top - 5) } };
}

function limits(
  images: number | undefined,
  bytes: number | undefined,
  milliseconds: number | undefined,
): CleanupPolicy['limits'] {
  return {
    ...(images !== undefined && { images }),
    ...(bytes !== undefined && { bytes }),
    ...(milliseconds !== undefined && { seconds: Math.ceil(milliseconds / 1000) }),
  };
}
