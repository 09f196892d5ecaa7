import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseBootTime, parsePasswd, parseStat, parseStatus } from '../../../../agent/processes/proc-text.ts';

/** Fields 3 to 22 of a stat line, with what differs. */
function statLine(
  pid: number,
  name: string,
  fields: { ppid?: number; flags?: number; start?: number; state?: string },
): Buffer {
  const { state = 'S', ppid = 1, flags = 4194560, start = 77 } = fields;
  return Buffer.from(
    `${pid} (${name}) ${state} ${ppid} 1 1 0 -1 ${flags} 1 2 3 4 5 6 7 8 20 0 1 0 ${start} 1000 10 18446744073709551615 0\n`,
  );
}

test('stat: number, name, parent, start, and whether it is a kernel thread or a zombie', () => {
  assert.deepEqual(parseStat(statLine(42, 'web', { ppid: 7, start: 123456789 })), {
    pid: 42,
    command: 'web',
    parentPid: 7,
    kernelThread: false,
    zombie: false,
    startTicks: 123456789,
  });
  assert.equal(parseStat(statLine(2, 'kthreadd', { flags: 2129984 }))?.kernelThread, true);
  assert.equal(parseStat(statLine(9, 'web', { state: 'Z' }))?.zombie, true);
});

test('stat: a name may hold anything, parentheses, spaces and line feeds included', () => {
  for (const name of ['a) S 1 (b', ')', '(', '', ') R 1 1', 'a\nb', ' ']) {
    const stat = parseStat(statLine(42, name, { ppid: 7 }));
    assert.deepEqual([stat?.command, stat?.parentPid, stat?.startTicks], [name, 7, 77], JSON.stringify(name));
  }
});

test('stat: a name that is no UTF-8 is made readable', () => {
  const line = statLine(42, 'wXb', {});
  line[line.indexOf('X')] = 0xff;
  assert.equal(parseStat(line)?.command, 'w\ufffdb');
});

test('stat: a torn line is nothing', () => {
  const line = statLine(42, 'web', {});
  for (const text of [
    '',
    '42',
    '42 (web',
    '42 web) S 1',
    ') (',
    'x (web) S 1',
    line.subarray(0, 40).toString(),
  ]) {
    assert.equal(parseStat(Buffer.from(text)), undefined, text);
  }
});

test("status: the effective user, and PID namespaces below the reader's", () => {
  const text = 'Name:\tweb\nUmask:\t0022\nUid:\t1000\t0\t0\t0\nGid:\t1\t1\t1\t1\nNSpid:\t42\n';
  assert.deepEqual(parseStatus(Buffer.from(text)), { effectiveUid: 0, nestedPidNamespace: false });
  const nested = text.replace('NSpid:\t42', 'NSpid:\t42\t1');
  assert.deepEqual(parseStatus(Buffer.from(nested)), { effectiveUid: 0, nestedPidNamespace: true });
});

test('status: a name cannot pass for another line, and kernels before NSpid are read', () => {
  const text = 'Name:\ta\\nUid:\t0\t0\t0\t0\nUid:\t1000\t1001\t1002\t1003\n';
  assert.deepEqual(parseStatus(Buffer.from(text)), { effectiveUid: 1001, nestedPidNamespace: false });
  assert.equal(parseStatus(Buffer.from('Name:\tweb\n')), undefined);
});

test('boot time: one line among many', () => {
  assert.equal(parseBootTime(Buffer.from('cpu  1 2\nctxt 5\nbtime 1763500000\nprocesses 9\n')), 1763500000);
  assert.equal(parseBootTime(Buffer.from('cpu  1 2\n')), undefined);
});

test('passwd: the first name of a number counts; other lines are passed over', () => {
  const text =
    'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n# note\n\nbroken\n+::::::\nweb:x:1000:1000::/:/bin/sh\nbad:x:-1:0';
  assert.deepEqual(
    [...parsePasswd(Buffer.from(text))],
    [
      [0, 'root'],
      [1000, 'web'],
    ],
  );
});

test('property: any name survives the way through a stat line', () => {
  const name = fc.string({ maxLength: 15 }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(fc.nat(4_194_304), name, fc.nat(), (pid, command, start) => {
      const stat = parseStat(statLine(pid, command, { ppid: 3, start }));
      assert.deepEqual(
        [stat?.pid, stat?.command, stat?.parentPid, stat?.startTicks],
        [pid, command, 3, start],
      );
    }),
  );
});

test('property: any bytes give a reading or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      const stat = parseStat(buffer);
      if (stat !== undefined) assert.ok(Number.isSafeInteger(stat.startTicks) && stat.startTicks >= 0);
      const status = parseStatus(buffer);
      if (status !== undefined) assert.ok(status.effectiveUid >= 0);
      for (const [uid, user] of parsePasswd(buffer)) assert.ok(uid >= 0 && user !== '');
    }),
  );
});
