/**
 * Advisory locks, PostgreSQL's locks on numbers (section 13.3.5 of its manual), each a pair of these. They hold for one
 * database, among all collectors over it.
 */
const TALLYMAN = 0x74616c6c;

/**
 * The content gate. Whoever makes rows refer to images, variants, records or packages holds it shared; pruning, which
 * removes those that nothing refers to, takes it alone for each short step.
 */
export const SHARE_GATE = `pg_advisory_xact_lock_shared(${TALLYMAN}, 1)`;
export const CLOSE_GATE = `pg_advisory_xact_lock(${TALLYMAN}, 1)`;

/** One collector at a time changes the schema. */
export const MIGRATION_LOCK = `pg_advisory_xact_lock(${TALLYMAN}, 2)`;
/** One collector at a time folds changes of images; who finds it taken leaves it. */
export const TRY_FOLD_LOCK = `pg_try_advisory_xact_lock(${TALLYMAN}, 3)`;
export const FOLD_LOCK = `pg_advisory_xact_lock(${TALLYMAN}, 3)`;
/** Leases are granted one claim at a time: there are only so many. */
export const LEASE_LOCK = `pg_advisory_xact_lock(${TALLYMAN}, 4)`;
/** The audit log has one end. */
export const AUDIT_LOCK = `pg_advisory_xact_lock(${TALLYMAN}, 5)`;

/** Work that one collector at a time does, by its name: `$1`. Held until it is freed, or the connection ends. */
export const TAKE_WORK_LOCK = 'pg_advisory_lock(hashtext($1), 6)';
export const TRY_WORK_LOCK = 'pg_try_advisory_lock(hashtext($1), 6)';
export const FREE_WORK_LOCK = 'pg_advisory_unlock(hashtext($1), 6)';

/**
 * One composition, by its key, in a list `$1::text[]`: a composition and an image naming it, stored at the same moment,
 * see each other. In order, so that nobody waits in a circle.
 */
export const LOCK_COMPOSITIONS = `SELECT pg_advisory_xact_lock(hashtext(key), 7) FROM
  (SELECT key FROM unnest($1::text[]) AS k(key) ORDER BY hashtext(key)) AS ordered`;

/** Certificates of one public key are recorded one after the other: `$1`. */
export const LOCK_KEY = 'pg_advisory_xact_lock(hashtext($1), 8)';
