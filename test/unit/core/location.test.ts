import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locationText } from '../../../core/location.ts';

test('a place in an archive is written behind that of the archive', () => {
  assert.equal(locationText({ path: 'app/app.jar' }), 'app/app.jar');
  assert.equal(
    locationText({ path: 'app/app.jar', inside: 'lib/a.jar!/b.jar' }),
    'app/app.jar!/lib/a.jar!/b.jar',
  );
});
