import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { rpm } from '../../../../../agent/catalogers/rpm/index.ts';
import { readSqlite } from '../../../../../agent/catalogers/rpm/sqlite.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const CREATE = 'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)';

interface Snapshot {
  readonly main: Uint8Array;
  readonly log: Uint8Array;
}

/** Sizes and last bytes of the blobs that we read: enough to tell them apart. */
function ourBlobs({ main, log }: Snapshot): string[] {
  const problems: string[] = [];
  const file = bufferFile('var/lib/rpm/rpmdb.sqlite', main, { siblings: { 'rpmdb.sqlite-wal': log } });
  const blobs = Array.from(
    readSqlite(file, (problem) => problems.push(problem)),
    fingerprint,
  );
  assert.deepEqual(problems, []);
  return blobs;
}

function fingerprint(blob: Uint8Array): string {
  return `${blob.length}:${Buffer.from(blob.slice(-8)).toString('hex')}`;
}

/** A blob whose every end differs. */
function blobOf(length: number, mark: number): Uint8Array {
  const blob = new Uint8Array(length).fill(mark);
  if (length >= 4) new DataView(blob.buffer).setUint32(length - 4, mark);
  return blob;
}

describe('the SQLite reader', () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'tallyman-sqlite-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs `write` on a new database and gives its files as they are before it is closed. */
  function snapshot(name: string, pageSize: number, write: (database: DatabaseSync) => void): Snapshot {
    const path = join(directory, name);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    const database = new DatabaseSync(path);
    try {
      database.exec(
        `PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0`,
      );
      write(database);
      return { main: readFileSync(path), log: readFileSync(`${path}-wal`) };
    } finally {
      database.close();
    }
  }

  /** What SQLite itself makes of the same files. */
  function theirBlobs({ main, log }: Snapshot): string[] {
    const path = join(directory, 'theirs');
    rmSync(`${path}-shm`, { force: true });
    writeFileSync(path, main);
    writeFileSync(`${path}-wal`, log);
    const database = new DatabaseSync(path);
    try {
      return database
        .prepare('SELECT blob FROM Packages ORDER BY hnum')
        .all()
        .map(({ blob }) => fingerprint(blob instanceof Uint8Array ? blob : new Uint8Array()));
    } finally {
      database.close();
    }
  }

  function insert(database: DatabaseSync, lengths: readonly number[]): void {
    const statement = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    for (const [at, length] of lengths.entries()) statement.run(blobOf(length, at));
  }

  test('reads any sizes of blobs and pages, from the file and from the log', () => {
    const length = fc.oneof(fc.nat({ max: 600 }), fc.nat({ max: 5000 }), fc.constantFrom(0, 70_000));
    fc.assert(
      fc.property(
        fc.array(length, { maxLength: 40 }),
        fc.array(length, { maxLength: 10 }),
        fc.constantFrom(512, 1024, 4096, 65536),
        (early, late, pageSize) => {
          const files = snapshot('sizes', pageSize, (database) => {
            database.exec(CREATE);
            insert(database, early);
            database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
            insert(database, late);
            database.exec('DELETE FROM Packages WHERE hnum % 5 = 0');
          });
          assert.deepEqual(ourBlobs(files), theirBlobs(files));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('reads a database of which nothing has left the log yet', () => {
    const files = snapshot('fresh', 4096, (database) => {
      database.exec(CREATE);
      insert(database, [100, 9000]);
    });
    assert.equal(files.main.length, 4096);
    assert.equal(ourBlobs(files).length, 2);
  });

  test('does not read what was never committed', () => {
    let files: Snapshot | undefined;
    snapshot('uncommitted', 4096, (database) => {
      database.exec(`${CREATE}; PRAGMA cache_size = 5`);
      insert(database, [100]);
      database.exec('BEGIN');
      insert(
        database,
        Array.from({ length: 100 }, () => 4000),
      );
      const path = join(directory, 'uncommitted');
      files = { main: readFileSync(path), log: readFileSync(`${path}-wal`) };
      database.exec('ROLLBACK');
    });
    assert.ok(files !== undefined && files.log.length > 100_000);
    assert.equal(ourBlobs(files).length, 1);
  });

  test('makes of a damaged or shortened log what SQLite makes of it', () => {
    const files = snapshot('torn', 512, (database) => {
      database.exec(CREATE);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      for (let at = 0; at < 8; at += 1) insert(database, [50 * at, 700]);
    });
    const at = fc.nat({ max: files.log.length - 1 });
    fc.assert(
      fc.property(at, fc.boolean(), (where, cut) => {
        const log = cut ? files.log.slice(0, where) : Uint8Array.from(files.log);
        if (!cut) log[where] = (log[where] ?? 0) ^ 0x10;
        const damaged = { main: files.main, log };
        assert.deepEqual(ourBlobs(damaged), theirBlobs(damaged));
      }),
      { numRuns: 60 },
    );
  });

  test('ignores a log of an earlier generation behind the current one', () => {
    const files = snapshot('generations', 1024, (database) => {
      database.exec(CREATE);
      insert(
        database,
        Array.from({ length: 30 }, () => 900),
      );
      database.exec('PRAGMA wal_checkpoint(RESTART)');
      insert(database, [10, 20]);
    });
    assert.deepEqual(ourBlobs(files), theirBlobs(files));
    assert.equal(ourBlobs(files).length, 32);
  });

  test('a database without the table of packages is refused', () => {
    const files = snapshot('other', 4096, (database) => database.exec('CREATE TABLE other (a)'));
    assert.throws(() => ourBlobs(files), { code: 'damaged' });
  });

  test('survives any damage to the file and its log', () => {
    const { main, log } = snapshot('hostile', 1024, (database) => {
      database.exec(CREATE);
      insert(database, [100, 2000, 300]);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      insert(database, [400, 5000]);
    });
    fc.assert(
      fc.property(hostileBytes(main), hostileBytes(log), (bytes, logBytes) => {
        assertSurvives(rpm, 'var/lib/rpm/rpmdb.sqlite', bytes, { siblings: { 'rpmdb.sqlite-wal': log } });
        assertSurvives(rpm, 'var/lib/rpm/rpmdb.sqlite', main, { siblings: { 'rpmdb.sqlite-wal': logBytes } });
      }),
      { numRuns: 200 },
    );
  });
});
