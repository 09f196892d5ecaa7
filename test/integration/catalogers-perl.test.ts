import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { perl } from '../../agent/catalogers/perl/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-perl-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const distributions = [
  { dist: 'Tally-Demo', module: 'Tally::Demo', version: '1.02', builder: 'ExtUtils::MakeMaker' },
  { dist: 'libtally-perl', module: 'Tally', version: '0.003', builder: 'ExtUtils::MakeMaker' },
  { dist: 'Tally-Built', module: 'Tally::Built', version: 'v1.2.3', builder: 'Module::Build' },
];
type Distribution = (typeof distributions)[number];

function pathname({ dist, version }: Distribution): string {
  return `T/TA/TALLY/${dist}-${version}.tar.gz`;
}

function buildScript({ dist, module, builder }: Distribution): readonly [string, string] {
  const file = `lib/${module.replaceAll('::', '/')}.pm`;
  return builder === 'Module::Build'
    ? [
        'Build.PL',
        `use Module::Build; Module::Build->new(dist_name => '${dist}', dist_version_from => '${file}', dist_abstract => 'x', license => 'perl')->create_build_script;`,
      ]
    : [
        'Makefile.PL',
        `use ExtUtils::MakeMaker; WriteMakefile(NAME => '${module}', DISTNAME => '${dist}', VERSION_FROM => '${file}', LICENSE => 'artistic_2', PREREQ_PM => { 'List::Util' => 0 });`,
      ];
}

/** A mirror of CPAN that has these distributions and no others. */
function makeMirror(mirror: string): void {
  const rows = distributions.map((one) => {
    const { dist, module, version } = one;
    const [script, program] = buildScript(one);
    const files = {
      [script]: program,
      [`lib/${module.replaceAll('::', '/')}.pm`]: `package ${module};\nour $VERSION = '${version}';\n1;\n`,
      MANIFEST: `${script}\nlib/${module.replaceAll('::', '/')}.pm\nMANIFEST\n`,
    };
    const source = join(scratch, 'sources', `${dist}-${version}`);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), content);
    }
    const archive = join(mirror, 'authors/id', pathname(one));
    mkdirSync(dirname(archive), { recursive: true });
    runTool('tar', [
      '--create',
      '--gzip',
      '--file',
      archive,
      '--directory',
      join(source, '..'),
      `${dist}-${version}`,
    ]);
    return `${module}  ${version}  ${pathname(one)}\n`;
  });
  mkdirSync(join(mirror, 'modules'));
  const index = `File: 02packages.details.txt\nLine-Count: ${rows.length}\n\n${rows.join('')}`;
  writeFileSync(join(mirror, 'modules/02packages.details.txt.gz'), gzipSync(index));
}

const askPerl =
  'use Module::Metadata; print Module::Metadata->new_from_module($ARGV[0], inc => [$ARGV[1]])->version';

test(
  'distributions that cpanm installs are found, whatever builds them',
  { skip: needsCommands('cpanm', 'make') },
  () => {
    const mirror = join(scratch, 'mirror');
    const local = join(scratch, 'local');
    makeMirror(mirror);
    const modules = distributions.map(({ module }) => module);
    runTool(
      'cpanm',
      ['--quiet', '--mirror', `file://${mirror}`, '--mirror-only', '--notest', '-L', local, ...modules],
      {
        env: { PERL_CPANM_HOME: join(scratch, 'home'), PERL_MM_OPT: '', PERL_MB_OPT: '' },
      },
    );
    const facts = catalogDirectory(local, perl);
    const expected = distributions.map(({ dist, module }) => {
      const version = runTool('perl', ['-e', askPerl, module, join(local, 'lib/perl5')]);
      return `TALLY/${dist} ${version}`;
    });
    assert.deepEqual(foundPackages(facts), expected.sort());
    assert.deepEqual(errorsOf(facts), []);
    const records = facts.flatMap(({ packages = [] }) => packages);
    const demo = records.find(({ name }) => name === 'Tally-Demo');
    assert.deepEqual([demo?.licenses, demo?.dependencies], [['artistic_2'], ['List::Util']]);
  },
);
