import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownContent } from '../../../../../collector/store/postgres/known-content.ts';
import { application, base } from '../../../../support/store-contract/samples.ts';

const held = { ref: base.ref, verify: false };
const other = { ref: application.ref, verify: false };

test('what is held is known until the database says that it may not be', async () => {
  let stamp = 'one';
  const known = new KnownContent(() => Promise.resolve(stamp));
  known.learn(await known.renew(), [held]);
  await known.renew();
  assert.ok(known.has(held));
  assert.ok(!known.has({ ...held, verify: true }), 'to be verified is another matter');
  stamp = 'two';
  assert.ok(known.has(held), 'as of the last look');
  await known.renew();
  assert.ok(!known.has(held));
});

test('what was found before the last look may be old, and is not learned', async () => {
  let stamp = 'one';
  const known = new KnownContent(() => Promise.resolve(stamp));
  const before = await known.renew();
  stamp = 'two';
  const now = await known.renew();
  known.learn(before, [held]);
  known.learn(now, [other]);
  assert.ok(!known.has(held));
  assert.ok(known.has(other));
});

test('claims that come at once look once, and a look that failed is taken anew', async () => {
  const looks: PromiseWithResolvers<string>[] = [];
  const known = new KnownContent(() => {
    const look = Promise.withResolvers<string>();
    looks.push(look);
    return look.promise;
  });
  const [one, two] = [known.renew(), known.renew()];
  assert.equal(looks.length, 1);
  looks[0]?.reject(new Error('away'));
  await assert.rejects(one, /away/);
  await assert.rejects(two, /away/);
  const again = known.renew();
  looks[1]?.resolve('stamp');
  assert.equal(await again, 'stamp');
});
