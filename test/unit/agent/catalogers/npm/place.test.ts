import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestPlace } from '../../../../../agent/catalogers/npm/place.ts';

const places: Readonly<Record<string, readonly string[]>> = {
  dependency: [
    'app/node_modules/lodash',
    'node_modules/lodash',
    'app/node_modules/@types/node',
    'app/node_modules/a/node_modules/b',
    'app/node_modules/a/node_modules/@s/b',
    'usr/lib/node_modules/npm',
    'usr/local/lib/node_modules/npm/node_modules/semver',
    'app/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash',
    'app/node_modules/.pnpm/@types+node@20.0.0/node_modules/@types/node',
    'app/node_modules/.store/lodash-npm-4.17.21-6382451519/package',
    'app/node_modules/.store/@types-node-npm-20.11.0-cb757f0c2a/package',
    'deno-dir/npm/npm.example.org/chalk/4.1.2',
    'home/me/.cache/deno/npm/npm.example.org/@types/node/20.11.0',
    'root/.cache/node/corepack/v1/pnpm/9.15.0',
    'root/.cache/node/corepack/v1/@yarnpkg/cli-dist/4.1.0',
    'root/.cache/node/corepack/v1/pnpm/9.15.0/dist/node_modules/semver',
    'usr/local/share/corepack/yarn/1.22.22',
    'app/.yarn/unplugged/esbuild-npm-0.25.0-abc/node_modules/esbuild',
    'root/.npm/_npx/0123abcd/node_modules/cowsay',
    'app/node_modules/serverless/dist/node_modules/inner',
    'tests/node_modules/mocha',
    'app/node_modules/test/node_modules/inner',
    'app/node_modules/a/node_modules/@s/fixtures/node_modules/inner',
    'usr/share/nodejs/semver',
    'usr/share/nodejs/@types/node',
    'usr/share/nodejs/npm/node_modules/semver',
  ],
  application: [
    '',
    'app',
    'usr/src/app',
    'srv/site/packages/api',
    'home/node/app',
    'opt/yarn-v1.22.22',
    'usr/share/kibana',
  ],
  nothing: [
    'app/node_modules',
    'app/node_modules/@types',
    'app/node_modules/rxjs/ajax',
    'app/node_modules/@babel/runtime/helpers/esm',
    'app/node_modules/.cache/x',
    'app/node_modules/.pnpm',
    'app/node_modules/resolve/test/resolver/multirepo/node_modules/inner',
    'usr/local/share/.cache/yarn/v6/npm-lodash-4.17.21-abc-integrity/node_modules/lodash',
    'root/.bun/install/cache/lodash@4.17.21@@@1',
    'root/.bun/install/cache/@types/node@20.11.0@@@1',
    'root/.bun/install/cache/npm@11.0.0@@@1/node_modules/semver',
    'app/node_modules/.store/rxjs-npm-7.8.1-41c443a75b/package/ajax',
    'app/node_modules/.store/rxjs-npm-7.8.1-41c443a75b',
    'deno-dir/npm/npm.example.org/rxjs/7.8.1/ajax',
    'go/pkg/mod/github.com/acme/site@v1.2.3/web',
    'go/pkg/mod/github.com/acme/site@v1.2.3/web/node_modules/left-pad',
    'root/.cache/node/corepack/v1/pnpm/9.15.0/dist/templates',
    'var/www/html/wp-content/themes/twentytwentyfour',
    'var/www/html/wp-content/plugins/gutenberg/packages/block-library',
    'app/dist',
    'app/dist/esm',
    'app/test/fixtures/simple',
    'usr/share/doc/node-semver',
    'usr/share/nodejs/rxjs/ajax',
    'usr/lib/python3/dist-packages/notebook/static',
    'var/lib/gems/3.1.0/gems/actioncable-7.0.4',
    'tmp/build',
    'usr/include/node',
  ],
};

for (const [place, directories] of Object.entries(places)) {
  for (const directory of directories) {
    const path = directory === '' ? 'package.json' : `${directory}/package.json`;
    test(`${path}: ${place}`, () => assert.equal(manifestPlace(path) ?? 'nothing', place));
  }
}
