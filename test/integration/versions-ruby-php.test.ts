import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareComposerVersions } from '../../core/versions/composer.ts';
import { compareGemVersions } from '../../core/versions/gem.ts';
import { needsCommands } from '../support/requirements.ts';

type Pair = readonly [string, string];

/** Pairs that share a beginning, since unrelated versions differ in their first character. */
function pairs(parts: readonly string[], count: number): Pair[] {
  const tail = fc.array(fc.constantFrom(...parts), { maxLength: 5 }).map((chosen) => chosen.join(''));
  const pair = fc
    .tuple(fc.constantFrom('1', '0', '12', '2023'), tail, tail, tail)
    .map(([start, shared, a, b]): Pair => [start + shared + a, start + shared + b]);
  return fc.sample(pair, count);
}

/** The answers of a program that reads pairs from its input: `-1`, `0`, `1`, or `x` where it takes one for no version. */
function assertSame(
  compare: (a: string, b: string) => number,
  cases: readonly Pair[],
  command: string,
  args: readonly string[],
): void {
  const input = cases.map((pair) => `${pair.join('\t')}\n`).join('');
  const { stdout, stderr, status } = spawnSync(command, args, { input, encoding: 'utf8', timeout: 300_000 });
  assert.equal(status, 0, stderr);
  const answers = stdout.trim().split('\n');
  assert.equal(answers.length, cases.length);
  const judged = cases.flatMap((pair, at) =>
    answers[at] === 'x' ? [] : [[pair, Number(answers[at])] as const],
  );
  assert.ok(judged.length > cases.length / 5, `only ${judged.length} pairs were versions`);
  const wrong = judged.filter(([[a, b], answer]) => Math.sign(compare(a, b)) !== answer);
  assert.deepEqual(wrong, []);
}

const askRuby = `
STDIN.each_line do |line|
  a, b = line.chomp.split("\t", -1)
  valid = Gem::Version.correct?(a) && Gem::Version.correct?(b)
  puts(valid ? Gem::Version.new(a) <=> Gem::Version.new(b) : 'x')
end
`;

test('versions of gems order as RubyGems orders them', { skip: needsCommands('ruby') }, () => {
  const parts = ['.0', '.1', '.9', '.10', '.007', '.a', '.Z', '.rc1', '-1', '-x', '.pre', 'b2', '0', '.1a2'];
  assertSame(compareGemVersions, pairs(parts, 5000), 'ruby', ['-e', askRuby]);
});

const askComposer = `
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\\Semver\\VersionParser();
while (($line = fgets(STDIN)) !== false) {
  [$a, $b] = explode("\t", rtrim($line, "\n"));
  try { echo version_compare($parser->normalize($a), $parser->normalize($b)), "\n"; }
  catch (UnexpectedValueException $e) { echo "x\n"; }
}
`;

test(
  'versions of Composer packages order as Composer orders them',
  {
    skip:
      needsCommands('php') || (!existsSync('/usr/share/php/Composer/Semver') && 'needs php-composer-semver'),
  },
  () => {
    const parts = [
      '.0',
      '.1',
      '.9',
      '.10',
      '.01',
      '-dev',
      '.x-dev',
      '-alpha',
      '-b2',
      'RC1',
      '-p3',
      '-patch.1',
      '+x',
      '-stable',
      '.20',
      '0101',
    ];
    assertSame(compareComposerVersions, pairs(parts, 5000), 'php', ['-r', askComposer]);
  },
);
