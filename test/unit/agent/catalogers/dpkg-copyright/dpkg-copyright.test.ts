import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { dpkgCopyright } from '../../../../../agent/catalogers/dpkg-copyright/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = 'usr/share/doc/bash/copyright';
const FORMAT = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

function licensesOf(text: string | Uint8Array): readonly string[] | undefined {
  return dpkgCopyright.parse(bufferFile(PATH, text)).licenses;
}

test('wants the copyright file of each package, and no other', () => {
  const { candidates } = dpkgCopyright;
  assert.ok(candidates.accepts(PATH));
  assert.ok(!candidates.accepts('usr/share/doc/bash/examples/copyright'));
  assert.ok(!candidates.accepts('usr/share/doc/copyright'));
  assert.ok(!candidates.accepts('srv/usr/share/doc/bash/copyright'));
});

suite('a machine-readable file', () => {
  test('gives the short names of the paragraphs on files, each once, as written', () => {
    const text = `${FORMAT}Upstream-Name: x\n
Files: *\nCopyright: 2001 Somebody\nLicense: GPL-2+ or Artistic\n some\n text\n
Files: lib/*\nLicense:   Expat\n
Files: doc/*\nLicense: Expat\n
License: BSD-3-clause\n Only a text.\n License: not a field\n`;
    assert.deepEqual(licensesOf(text), ['GPL-2+ or Artistic', 'Expat']);
  });

  test('may state the license of the whole in its first paragraph', () => {
    assert.deepEqual(licensesOf(`${FORMAT}License: Zlib\nFiles-Excluded: x\n`), ['Zlib']);
  });

  test('that has texts alone gives their names', () => {
    assert.deepEqual(licensesOf(`${FORMAT}\nLicense: MPL-2.0\n text\n`), ['MPL-2.0']);
  });

  test('is read with the line ends of other systems', () => {
    assert.deepEqual(
      licensesOf(`${FORMAT}\nFiles: *\nLicense: ISC\n\nLicense: x\n`.replaceAll('\n', '\r\n')),
      ['ISC'],
    );
  });
});

suite('a file in prose', () => {
  test('gives the licenses of GNU by the version they are granted under', () => {
    const grant = (version: string): string =>
      `it under the terms of the GNU General Public License as published by\n * the Free Software Foundation; ${version}`;
    assert.deepEqual(
      licensesOf(grant('either version 2 of the License, or\n (at your option) any later version.')),
      ['GPL-2+'],
    );
    assert.deepEqual(licensesOf(grant('version 2 of the License.')), ['GPL-2']);
    assert.deepEqual(licensesOf('the GNU Lesser General Public License v2.1 or later'), ['LGPL-2.1+']);
  });

  test('gives what Debian keeps the text of; a text of GNU alone says nothing of later versions', () => {
    const found = (name: string) => `The full text can be found in /usr/share/common-licenses/${name}.`;
    assert.deepEqual(licensesOf(found('Apache-2.0')), ['Apache-2.0']);
    assert.deepEqual(licensesOf(found('BSD')), ['BSD-3-clause']);
    assert.deepEqual(
      licensesOf(`the complete text of the GNU General Public License version 3 is in ${found('GPL-3')}`),
      ['/usr/share/common-licenses/GPL-3'],
    );
    assert.equal(licensesOf(found('unheard-of')), undefined);
  });

  test('gives well-known texts, unless a clause was added', () => {
    const expat = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
      associated documentation files. The above copyright notice and this permission notice shall be included in all copies.`;
    assert.deepEqual(licensesOf(expat), ['Expat']);
    assert.equal(licensesOf(`${expat} Except as contained in this notice, nothing.`), undefined);
    const clauses = `Redistributions of source code must retain the above copyright notice.
      Redistributions in binary form must reproduce the above copyright notice.`;
    assert.deepEqual(licensesOf(clauses), ['BSD-2-clause']);
    assert.deepEqual(licensesOf(`${clauses} Neither the name may be used to endorse or promote products.`), [
      'BSD-3-clause',
    ]);
    assert.equal(licensesOf(`${clauses} Redistributions of any form whatsoever`), undefined);
  });

  test("gives Perl's terms as the choice they are", () => {
    assert.deepEqual(licensesOf('You may use it under the same terms as Perl itself.'), [
      'GPL-1+ or Artistic',
    ]);
  });

  test('that offers a choice is one text, for no more than that is certain', () => {
    const text = `Dual licensed under the GNU General Public License version 2 or later
      or the GNU Lesser General Public License version 3 or later`;
    assert.deepEqual(licensesOf(text), ['GPL-2+ / LGPL-3+']);
  });

  test('that says nothing certain gives nothing', () => {
    assert.deepEqual(
      dpkgCopyright.parse(bufferFile(PATH, 'Copyright (C) 1999 Somebody. All rights reserved.')),
      {},
    );
  });
});

test('any bytes give licenses or none', () => {
  const words = fc.constantFrom('Format: x\n', 'License:', 'Files:', '\n', ' ', 'common-licenses/', 'GPL-2');
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc.array(words, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''))),
  );
  fc.assert(
    fc.property(texts, (bytes) => {
      for (const license of licensesOf(bytes) ?? []) assert.notEqual(license, '');
    }),
  );
});

test('a file made to cost much is read in bounds', () => {
  const phrase = 'general public license common-licenses/ ';
  assert.equal(licensesOf(phrase.repeat(100_000)), undefined);
  const many = Array.from({ length: 100_000 }, (_, at) => `Files: *\nLicense: x${at}\n`).join('\n');
  assert.equal(licensesOf(`${FORMAT}\n${many}`)?.length, 500);
});
