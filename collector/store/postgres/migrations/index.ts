import { nodesMigration } from './0001-nodes.ts';
import { contentMigration } from './0002-content.ts';
import { stateMigration } from './0003-state.ts';
import { ordersMigration } from './0004-orders.ts';
import { buildsMigration } from './0005-builds.ts';
import { acknowledgementMigration } from './0006-acknowledgement.ts';
import { receiptsByAgeMigration } from './0007-receipts-by-age.ts';
import { orderOfIssueMigration } from './0008-order-of-issue.ts';
import { unusedContentMigration } from './0009-unused-content.ts';
import type { Migration } from './migration.ts';

/** All steps, in order. */
export const migrations: readonly Migration[] = [
  nodesMigration,
  contentMigration,
  stateMigration,
  ordersMigration,
  buildsMigration,
  acknowledgementMigration,
  receiptsByAgeMigration,
  orderOfIssueMigration,
  unusedContentMigration,
];
