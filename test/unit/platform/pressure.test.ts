import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { nodePressure, ownPressure, type PressurePlaces } from '../../../platform/pressure.ts';

const PSI =
  'some avg10=1.53 avg60=0.87 avg300=1.73 total=1537423\nfull avg10=0.00 avg60=0.13 avg300=0.96 total=1275\n';

/** Files as the kernel shows them, under a folder of the test's own. */
function places(t: TestContext, files: Readonly<Record<string, string>>): PressurePlaces {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-pressure-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return {
    node: join(folder, 'proc/pressure'),
    cgroups: join(folder, 'cgroup'),
    membership: join(folder, 'proc/self'),
  };
}

test("this machine's pressure", { skip: !existsSync('/proc/pressure/io') && 'needs PSI' }, () => {
  for (const kind of ['memory', 'io'] as const) {
    const first = nodePressure(kind);
    const second = nodePressure(kind);
    assert.ok(first && second);
    assert.ok(first.recent >= 0 && first.recent <= 100);
    assert.ok(second.totalMs >= first.totalMs);
  }
});

test('the node as it is written, in percent and ms', (t) => {
  const here = places(t, { 'proc/pressure/io': PSI });
  assert.deepEqual(nodePressure('io', here), { recent: 1.53, totalMs: 1537.423 });
});

test('a kernel that does not tell', (t) => {
  const here = places(t, { 'proc/pressure/memory': '', 'proc/pressure/io': 'something new\n' });
  assert.equal(nodePressure('memory', here), undefined);
  assert.equal(nodePressure('io', here), undefined);
  assert.equal(nodePressure('io', places(t, {})), undefined);
  assert.equal(ownPressure('memory', places(t, {})), undefined);
});

test('the cgroup of our own, in a namespace of its own or not', (t) => {
  const service = '0::/system.slice/tallyman.service\n';
  const pressure = 'system.slice/tallyman.service/memory.pressure';
  const outside = places(t, { 'proc/self': `4:memory:/x\n${service}`, [`cgroup/${pressure}`]: PSI });
  assert.equal(ownPressure('memory', outside)?.recent, 1.53);
  const inside = places(t, { 'proc/self': '0::/\n', 'cgroup/memory.pressure': PSI });
  assert.equal(ownPressure('memory', inside)?.recent, 1.53);
  const older = places(t, { 'proc/self': '4:memory:/x\n', 'cgroup/memory.pressure': PSI });
  assert.equal(ownPressure('memory', older), undefined);
  const beyond = places(t, { 'proc/self': '0::/../../etc\n', 'cgroup/memory.pressure': PSI });
  assert.equal(ownPressure('memory', beyond), undefined);
});
