import { cleanupSchemas } from './cleanup.ts';
import { enrollmentSchemas } from './enrollment.ts';
import { fleetSchemas } from './fleet.ts';
import { imageSchemas } from './images.ts';
import type { NamedSchema } from './json-schema.ts';
import { nodeSchemas } from './nodes.ts';
import { packageSchemas } from './packages.ts';

/** All schemas with a name. */
export const schemas: readonly NamedSchema[] = [
  ...packageSchemas,
  ...nodeSchemas,
  ...imageSchemas,
  ...fleetSchemas,
  ...cleanupSchemas,
  ...enrollmentSchemas,
];
