import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import parse from 'spdx-expression-parse';
import type { PackageType } from '../../../../core/facts.ts';
import {
  declaredLicenses,
  expressionOfSeveral,
  licenseExpression,
  licenseReader,
} from '../../../../core/licenses/declared.ts';
import { PACKAGE_TYPES } from '../../../../core/package-types.ts';

function expressionOf(type: PackageType, ...licenses: readonly string[]): string | undefined {
  return licenseExpression({ type, licenses });
}

function assertExpressions(type: PackageType, cases: Readonly<Record<string, string | undefined>>): void {
  for (const [text, expression] of Object.entries(cases))
    assert.equal(expressionOf(type, text), expression, text);
}

suite('what is an expression everywhere', () => {
  test('is written in the operators and identifiers of the specification', () => {
    assertExpressions('generic', {
      MIT: 'MIT',
      ' Apache-2.0 ': 'Apache-2.0',
      'mit or apache-2.0': 'MIT OR Apache-2.0',
      '(MIT OR Apache-2.0) and ISC': '(MIT OR Apache-2.0) AND ISC',
      'MIT OR Apache-2.0 AND ISC': 'MIT OR Apache-2.0 AND ISC',
      '((MIT))': 'MIT',
      'MIT AND (ISC AND MIT)': 'MIT AND ISC',
      'GPL-3.0-only WITH Classpath-exception-2.0': 'GPL-3.0-only WITH Classpath-exception-2.0',
      'Apache-2.0+': 'Apache-2.0+',
      'MIT AND LicenseRef-ours': 'MIT AND LicenseRef-ours',
    });
  });

  test('has no identifier that SPDX has replaced', () => {
    assertExpressions('npm', {
      'GPL-2.0': 'GPL-2.0-only',
      'LGPL-2.1+': 'LGPL-2.1-or-later',
      'GPL-2.0-only+': undefined,
    });
  });

  test('may be a name that means one license', () => {
    assertExpressions('gem', {
      'Apache License, Version 2.0': 'Apache-2.0',
      'The Apache Software License, Version 2.0': 'Apache-2.0',
      'Apache 2.0': 'Apache-2.0',
      'The MIT License (MIT)': 'MIT',
      'BSD 3-Clause License': 'BSD-3-Clause',
      'Mozilla Public License 2.0 (MPL 2.0)': 'MPL-2.0',
      'http://www.apache.org/licenses/LICENSE-2.0.txt': 'Apache-2.0',
      'https://opensource.org/licenses/MIT': 'MIT',
      'GPLv2 or later': 'GPL-2.0-or-later',
      'GNU Lesser General Public License v3 or later (LGPLv3+)': 'LGPL-3.0-or-later',
      'GNU General Public License version 2 or any later version and MIT': 'GPL-2.0-or-later AND MIT',
    });
  });

  test('is nothing that may be several licenses, or prose', () => {
    for (const text of [
      'BSD',
      'Apache',
      'GPL',
      'GPLv3',
      'GNU Lesser General Public License',
      'Artistic',
      'SEE LICENSE IN LICENSE.md',
      'UNLICENSED',
      'MIT OR',
      'MIT WITH something',
      'DocumentRef-x:LicenseRef-y',
      'http://example.org/MIT',
    ]) {
      assert.deepEqual(declaredLicenses({ type: 'npm', licenses: [text] }), [{ kind: 'text', text }]);
    }
  });
});

suite('how each ecosystem writes', () => {
  test("Debian's short names, whose comma binds weaker; what SPDX lacks is the package's own", () => {
    assertExpressions('deb', {
      'GPL-2+': 'GPL-2.0-or-later',
      'GPL-2': 'GPL-2.0-only',
      'LGPL-2.1': 'LGPL-2.1-only',
      'GFDL-1.3+': 'GFDL-1.3-or-later',
      Expat: 'MIT',
      'GPL-1+ or Artistic': 'GPL-1.0-or-later OR Artistic-1.0-Perl',
      'LGPL-2.1+ or MPL-1.1, and BSD-3-clause': '(LGPL-2.1-or-later OR MPL-1.1) AND BSD-3-Clause',
      'GPL-3+ with autoconf exception': 'GPL-3.0-or-later WITH Autoconf-exception-3.0',
      'GPL-2+ with OpenSSL exception or Expat': 'LicenseRef-GPL-2-or-later-with-OpenSSL-exception OR MIT',
      'Expat and public-domain': 'MIT AND LicenseRef-public-domain',
      'MIT/X11 and ISC': 'LicenseRef-MIT-X11 AND ISC',
      'public-domain': undefined,
      'GPL-2+ / Expat': undefined,
    });
    assert.equal(expressionOf('deb', 'GPL-2+', 'Expat or ISC'), 'GPL-2.0-or-later AND (MIT OR ISC)');
  });

  test("Fedora's short names of old; those that meant several licenses are the package's own", () => {
    assertExpressions('rpm', {
      'ASL 2.0': 'Apache-2.0',
      'GPLv2+ and BSD': 'GPL-2.0-or-later AND LicenseRef-BSD',
      'GPL+ or Artistic': 'GPL-1.0-or-later OR Artistic-1.0-Perl',
      '(GPLv2+ or LGPLv3+) and Public Domain':
        '(GPL-2.0-or-later OR LGPL-3.0-or-later) AND LicenseRef-Fedora-Public-Domain',
      'GPLv3+ and GPLv3+ with exceptions': 'GPL-3.0-or-later AND LicenseRef-GPLv3-or-later-with-exceptions',
      'GPL-2.0-or-later AND LGPL-2.1-or-later': 'GPL-2.0-or-later AND LGPL-2.1-or-later',
      'LGPLv2+': undefined,
      'Redistributable, no modification permitted': undefined,
    });
  });

  test('R, whose licenses have versions in parentheses and files beside them', () => {
    assertExpressions('cran', {
      'GPL (>= 2)': 'GPL-2.0-or-later',
      'GPL-2 | GPL-3': 'GPL-2.0-only OR GPL-3.0-only',
      'LGPL (>= 2.1)': 'LGPL-2.1-or-later',
      'MIT + file LICENSE': 'MIT',
      'BSD_3_clause + file LICENCE': 'BSD-3-Clause',
      'Apache License (== 2.0)': 'Apache-2.0',
      'Apache License (>= 2)': undefined,
      'GPL-2 + file LICENSE': undefined,
      'Part of R 4.2.2': undefined,
    });
  });

  test("PyPI's classifiers, which name a version by its short form", () => {
    assertExpressions('pypi', {
      'MIT License': 'MIT',
      'GNU General Public License v2 (GPLv2)': 'GPL-2.0-only',
      'GNU General Public License v2 or later (GPLv2+)': 'GPL-2.0-or-later',
      'Python Software Foundation License': 'PSF-2.0',
      'ISC License (ISCL)': 'ISC',
      'The Unlicense (Unlicense)': 'Unlicense',
      'zlib/libpng License': 'Zlib',
      'BSD License': undefined,
      GPLv3: undefined,
    });
  });

  test('Perl, OpenEmbedded, Arch, Gentoo and WordPress', () => {
    assert.equal(expressionOf('cpan', 'perl_5'), 'Artistic-1.0-Perl OR GPL-1.0-or-later');
    assert.equal(expressionOf('cpan', 'apache_2_0'), 'Apache-2.0');
    assert.equal(
      expressionOf('opkg', 'GPLv2+ & (MIT|BSD-3-Clause)'),
      'GPL-2.0-or-later AND (MIT OR BSD-3-Clause)',
    );
    assert.equal(expressionOf('alpm', 'GPL'), 'GPL-2.0-or-later');
    assert.equal(expressionOf('alpm', 'GPL2'), 'GPL-2.0-only');
    assertExpressions('ebuild', {
      'LGPL-2.1+': 'LGPL-2.1-or-later',
      'BSD || ( GPL-2 MIT )': 'BSD-3-Clause AND (GPL-2.0-only OR MIT)',
      'Apache-2.0 ( ZLIB )': 'Apache-2.0 AND Zlib',
      'MIT ssl? ( openssl )': undefined,
      '|| ( MIT': undefined,
    });
    assert.equal(expressionOf('wordpress-plugin', 'GPLv2 or later'), 'GPL-2.0-or-later');
  });
});

suite('several licenses', () => {
  test('are alternatives, hold together, or stay apart, as the ecosystem says', () => {
    assert.equal(expressionOf('composer', 'MIT', 'GPL-2.0-or-later'), 'MIT OR GPL-2.0-or-later');
    assert.equal(expressionOf('maven', 'MIT License', 'EPL 1.0'), 'MIT OR EPL-1.0');
    assert.equal(expressionOf('gem', 'Ruby', 'BSD-2-Clause'), undefined);
    assert.deepEqual(
      declaredLicenses({ type: 'gem', licenses: ['Ruby', 'BSD-2-Clause'] }).map(({ kind }) => kind),
      ['expression', 'expression'],
    );
  });

  test('are one expression where a document wants one', () => {
    assert.equal(expressionOfSeveral('gem', ['MIT']), 'MIT');
    assert.equal(expressionOfSeveral('gem', ['MIT OR ISC', '0BSD']), '(MIT OR ISC) AND 0BSD');
    assert.equal(expressionOfSeveral('npm', ['MIT', 'ISC']), 'MIT OR ISC');
  });

  test('of which one cannot be read give no expression', () => {
    assert.equal(expressionOf('npm', 'MIT', 'ours'), undefined);
  });

  test('count once, and none is none', () => {
    assert.equal(declaredLicenses({ type: 'npm', licenses: ['MIT', 'MIT ', ''] }).length, 1);
    assert.deepEqual(declaredLicenses({ type: 'npm' }), []);
  });
});

test('a reader that remembers says the same', () => {
  const read = licenseReader();
  for (const licenses of [['MIT'], ['MIT'], ['MIT', 'ISC'], ['x'], []])
    assert.equal(read({ type: 'npm', licenses }), licenseExpression({ type: 'npm', licenses }));
});

suite('any text', () => {
  const words = fc.constantFrom(
    ...[
      'MIT',
      'gplv2+',
      'GPL (>= 2)',
      'LicenseRef-x',
      'and',
      'OR',
      'WITH',
      '|',
      '&',
      '(',
      ')',
      ',',
      '+',
      ' ',
    ],
    ...['Classpath-exception-2.0', '||', 'public domain', 'or later', 'x', 'http://a', '-'],
  );
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(words).map((parts) => parts.join(' ')),
  );
  const types = fc.constantFrom(...PACKAGE_TYPES);

  test('becomes text or an expression that an independent parser takes', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 3 }), types, (licenses, type) => {
        for (const license of declaredLicenses({ type, licenses })) {
          if (license.kind === 'text') continue;
          assert.doesNotThrow(() => parse(license.expression), license.expression);
        }
        const whole = licenseExpression({ type, licenses });
        if (whole !== undefined) assert.doesNotThrow(() => parse(whole), whole);
      }),
      { numRuns: 500 },
    );
  });

  test('that is an expression reads the same when it is read again', () => {
    fc.assert(
      fc.property(texts, types, (text, type) => {
        const expression = licenseExpression({ type, licenses: [text] });
        if (expression !== undefined)
          assert.equal(licenseExpression({ type: 'generic', licenses: [expression] }), expression);
      }),
      { numRuns: 500 },
    );
  });

  test('made to exhaust the parser is text', () => {
    for (const text of ['('.repeat(100_000), '('.repeat(900), '(a'.repeat(450), 'MIT or '.repeat(140)])
      assert.equal(declaredLicenses({ type: 'deb', licenses: [text] })[0]?.kind, 'text');
  });
});
