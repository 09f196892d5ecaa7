import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Progress } from '../../../../cli/output/progress.ts';

/** A terminal of a width, or none, that keeps what is written to it. */
function screen(columns?: number): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(chunk.toString());
      done();
    },
  });
  Object.assign(stream, { isTTY: columns !== undefined, columns });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join('') };
}

test('a terminal shows a bar in one line, and nothing when it is over', () => {
  const { stream, text } = screen(60);
  const progress = new Progress({ stream });
  progress.show('layers read', 1, 4);
  assert.match(text(), /\[#{6}\.{18}\] 1\/4 layers read$/);
  progress.end();
  assert.ok(text().endsWith('\r\u001b[2K'));
  assert.doesNotMatch(text(), /\n/);
});

test('a narrow terminal shows what fits', () => {
  const { stream, text } = screen(30);
  new Progress({ stream }).show('layers read', 1, 4);
  assert.equal(text().replace('\r\u001b[2K', '').length, 29);
});

test('elsewhere there is a line for each step', () => {
  const { stream, text } = screen();
  const progress = new Progress({ stream });
  progress.show('one', 1, 2);
  progress.show('one', 2, 2);
  progress.show('two');
  progress.end();
  assert.equal(text(), 'one\ntwo\n');
});

test('or nothing, where only a terminal is meant', () => {
  const { stream, text } = screen();
  new Progress({ stream, terminalOnly: true }).show('one', 1, 2);
  assert.equal(text(), '');
});
