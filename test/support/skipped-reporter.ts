import type { TestEvent } from 'node:test/reporters';

/** Names in one line, for each reason, the tests that were skipped. */
export default async function* skippedReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names = new Map<string, string[]>();
  for await (const event of source) {
    if (event.type !== 'test:pass') continue;
    const { skip, name } = event.data;
    if (skip === undefined || skip === false) continue;
    const reason = typeof skip === 'string' && skip !== '' ? skip : 'no reason given';
    names.set(reason, [...(names.get(reason) ?? []), name]);
  }
  for (const [reason, skipped] of names) yield `skipped, ${reason}: ${skipped.join('; ')}\n`;
}
