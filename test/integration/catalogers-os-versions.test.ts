import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDebVersions } from '../../core/versions/deb.ts';
import { compareRpmVersions } from '../../core/versions/rpm.ts';
import { needsCommands } from '../support/requirements.ts';

type Pair = readonly [string, string];

/** Random versions, and pairs that share a beginning, since unrelated ones differ in their first character. */
function pairs(parts: readonly string[], first: readonly string[], count: number): Pair[] {
  const tail = fc.array(fc.constantFrom(...parts), { maxLength: 6 }).map((chosen) => chosen.join(''));
  const pair = fc
    .tuple(fc.constantFrom(...first), tail, tail, tail)
    .map(([start, shared, a, b]): Pair => [start + shared + a, start + shared + b]);
  return fc.sample(pair, count);
}

function assertSame(
  compare: (a: string, b: string) => number,
  cases: readonly Pair[],
  answers: readonly string[],
): void {
  assert.equal(answers.length, cases.length);
  const wrong = cases.filter(([a, b], at) => Math.sign(compare(a, b)) !== Number(answers[at]));
  assert.deepEqual(wrong, []);
}

test('Debian versions order as dpkg orders them', { skip: needsCommands('dpkg') }, () => {
  const parts = ['0', '1', '9', '10', '007', 'a', 'Z', 'dfsg', '~', '~~', '+', '.', '-1', '-0', '.1', '-'];
  const cases = pairs(parts, ['1', '0:1', '1:2', '12'], 300).filter((pair) =>
    pair.every((version) => !version.endsWith('-')),
  );
  const script = `while read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo -1
    elif dpkg --compare-versions "$a" gt "$b"; then echo 1
    else echo 0; fi
  done`;
  const run = spawnSync('sh', ['-c', script], {
    input: cases.map((pair) => `${pair.join(' ')}\n`).join(''),
    encoding: 'utf8',
  });
  assert.equal(run.stderr, '');
  assertSame(compareDebVersions, cases, run.stdout.trim().split('\n'));
});

test('rpm versions order as rpm orders them', { skip: needsCommands('rpm') }, () => {
  const parts = ['0', '1', '9', '10', '007', 'a', 'Z', 'el9', '~', '^', '+', '.', '-1', '-0', '.1', '-', ':'];
  const cases = pairs(parts, ['1', '0:1', '1:2', '12', 'a', '~'], 5000);
  const answers: string[] = [];
  for (let at = 0; at < cases.length; at += 2000) {
    const table = cases.slice(at, at + 2000).map(([a, b]) => `'${a}','${b}',`);
    const script = `t={${table.join('')}} for i=1,#t,2 do print(rpm.vercmp(t[i],t[i+1])..' ') end`;
    const run = spawnSync('rpm', ['--eval', `%{lua:${script}}`], { encoding: 'utf8' });
    assert.equal(run.stderr, '');
    answers.push(...run.stdout.trim().split(' '));
  }
  assertSame(compareRpmVersions, cases, answers);
});
