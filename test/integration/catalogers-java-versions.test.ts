import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { compareMavenVersions } from '../../core/versions/maven.ts';
import { needsMaven } from '../support/debian-java.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-maven-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const program = `
import java.io.*;
import org.apache.maven.artifact.versioning.ComparableVersion;

public class Compare {
  public static void main(String[] arguments) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    StringBuilder answers = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] pair = line.split("\\t", -1);
      int order = new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]));
      answers.append(Integer.signum(order)).append('\\n');
    }
    System.out.print(answers);
  }
}
`;

type Pair = readonly [string, string];

function answersOfMaven(pairs: readonly Pair[]): readonly number[] {
  const source = join(scratch, 'Compare.java');
  writeFileSync(source, program);
  const classPath = '/usr/share/java/maven-artifact-3.x.jar:/usr/share/java/commons-lang3.jar';
  const run = spawnSync('java', ['-cp', classPath, source], {
    input: pairs.map((pair) => `${pair.join('\t')}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 300_000,
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trim().split('\n').map(Number);
}

/** Pairs that share a beginning, since unrelated versions differ in their first character. */
function randomPairs(count: number): readonly Pair[] {
  const parts =
    '0 1 9 10 007 a b m x Z alpha beta rc cr SNAPSHOT final ga release sp jre . - .0 -1 .1 -a .RC1 -- .. _ +'.split(
      ' ',
    );
  const tail = fc.array(fc.constantFrom(...parts), { maxLength: 6 }).map((chosen) => chosen.join(''));
  const pair = fc
    .tuple(fc.constantFrom('1', '1.0', '2', '', '1.0.0', 'a'), tail, tail, tail)
    .map(([start, shared, a, b]): Pair => [start + shared + a, start + shared + b]);
  return fc.sample(pair, count);
}

test('Maven versions order as Maven orders them', { skip: needsMaven() }, () => {
  const pairs = randomPairs(20_000);
  const answers = answersOfMaven(pairs);
  assert.equal(answers.length, pairs.length);
  const wrong = pairs.filter(([a, b], at) => Math.sign(compareMavenVersions(a, b)) !== (answers[at] ?? 9));
  assert.deepEqual(wrong, []);
});
