import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { rustBinary } from '../../agent/catalogers/rust/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-rust-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { cwd: scratch, encoding: 'utf8', timeout: 300_000 });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  return result.stdout;
}

const list = {
  packages: [
    { name: 'hello', version: '0.1.0', source: 'local', dependencies: [1, 2], root: true },
    { name: 'itoa', version: '1.0.9', source: 'crates.io' },
    { name: 'autocfg', version: '1.1.0', source: 'crates.io', kind: 'build' },
  ],
};

/** As cargo-auditable adds it: an object file with the section, linked in so that the program still runs. */
function addList(program: string): void {
  writeFileSync(join(scratch, 'list'), deflateSync(JSON.stringify(list)));
  run('objcopy', [
    '--add-section',
    '.dep-v0=list',
    '--set-section-flags',
    '.dep-v0=alloc,readonly,data',
    program,
  ]);
}

const compilers: readonly {
  readonly name: string;
  readonly source: string;
  readonly args: readonly string[];
}[] = [
  { name: 'rustc', source: 'main.rs', args: ['-O', 'main.rs', '-o', 'bin/hello'] },
  { name: 'gcc', source: 'main.c', args: ['-O1', 'main.c', '-o', 'bin/hello'] },
];
const sources: Readonly<Record<string, string>> = {
  'main.rs': 'fn main() { println!("hello"); }\n',
  'main.c': '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n',
};

for (const { name, source, args } of compilers) {
  const skip = needsCommands(name, 'objcopy', 'strip');
  test(
    `the list in a program made by ${name} is found, stripped or not, and the program still runs`,
    { skip },
    () => {
      const bin = join(scratch, 'bin');
      rmSync(bin, { recursive: true, force: true });
      mkdirSync(bin);
      writeFileSync(join(scratch, source), sources[source] ?? '');
      run(name, args);
      assert.deepEqual(
        catalogDirectory(bin, rustBinary).map(({ status }) => status),
        ['nothing'],
      );
      addList('bin/hello');
      assert.equal(run('bin/hello', []), 'hello\n');
      for (const command of ['true', 'strip']) {
        run(command, ['bin/hello']);
        const [fact] = catalogDirectory(bin, rustBinary);
        assert.deepEqual(
          fact?.packages?.map((one) => [one.name, one.version, one.role]),
          [
            ['hello', '0.1.0', 'application'],
            ['itoa', '1.0.9', undefined],
          ],
        );
      }
    },
  );
}

test('programs of this system have no list, and none fails', () => {
  const facts = catalogDirectory('/usr/bin', rustBinary);
  assert.ok(facts.length > 100);
  assert.deepEqual(
    facts.filter(({ status }) => status !== 'nothing'),
    [],
  );
});
