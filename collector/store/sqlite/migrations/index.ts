import { nodesMigration } from './0001-nodes.ts';
import { contentMigration } from './0002-content.ts';
import { stateMigration } from './0003-state.ts';
import { ordersMigration } from './0004-orders.ts';
import { supplyMigration } from './0005-supply.ts';
import { enrollmentMigration } from './0006-enrollment.ts';
import { buildsMigration } from './0007-builds.ts';
import { acknowledgementMigration } from './0008-acknowledgement.ts';
import { receiptsByAgeMigration } from './0009-receipts-by-age.ts';
import { unusedContentMigration } from './0010-unused-content.ts';
import type { Migration } from './migration.ts';

/** All steps, in order. */
export const migrations: readonly Migration[] = [
  nodesMigration,
  contentMigration,
  stateMigration,
  ordersMigration,
  supplyMigration,
  enrollmentMigration,
  buildsMigration,
  acknowledgementMigration,
  receiptsByAgeMigration,
  unusedContentMigration,
];
