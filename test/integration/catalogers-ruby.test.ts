import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ruby } from '../../agent/catalogers/ruby/index.ts';
import { downloadPackages, unpackPackages } from '../../cli/demo/debian-packages.ts';
import type { Fact } from '../../core/facts.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { packagesOfRoot } from '../support/image-scanning.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-ruby-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const skip = needsCommands('ruby', 'gem');

/** Everything that is compared, one gem a line, as RubyGems evaluates its specification. */
const listGems = `
homes = ARGV.flat_map { |home| [home + '/specifications', home + '/specifications/default'] }
Gem::Specification.each_gemspec(homes) do |file|
  s = Gem::Specification.load(file)
  needs = s.runtime_dependencies.map(&:name).uniq
  puts [s.name, s.version, s.platform, s.licenses.join(','), "[#{needs.join(',')}]"].join(' | ')
end
`;

/** What RubyGems finds in these homes, each of which has a directory `specifications`. */
function listedBy(...homes: readonly string[]): readonly string[] {
  return [
    ...new Set(
      runTool('ruby', ['-e', listGems, ...homes])
        .trim()
        .split('\n'),
    ),
  ].sort();
}

function found(facts: readonly Fact[]): readonly string[] {
  const lines = facts.flatMap(({ packages = [] }) =>
    packages.map(({ name, version, qualifiers, licenses = [], dependencies = [] }) =>
      [
        name,
        version,
        qualifiers?.['platform'] ?? 'ruby',
        licenses.join(','),
        `[${dependencies.join(',')}]`,
      ].join(' | '),
    ),
  );
  return [...new Set(lines)].sort();
}

test("Ruby's own gems are those that RubyGems lists", { skip }, () => {
  const home = runTool('ruby', ['-e', 'print Gem.default_dir']);
  const system = runTool('ruby', [
    '-e',
    'print RbConfig::CONFIG["rubylibprefix"] + "/gems/" + RbConfig::CONFIG["ruby_version"]',
  ]);
  const homes = [home, system].filter((path) => existsSync(join(path, 'specifications')));
  const facts = homes.flatMap((path) => catalogDirectory(join(path, 'specifications', '..'), ruby));
  assert.ok(found(facts).length > 50);
  assert.deepEqual(found(facts), listedBy(...homes));
  assert.deepEqual(errorsOf(facts), []);
});

const debianPackages = [
  'puma',
  'ruby-activesupport',
  'ruby-google-protobuf',
  'ruby-json',
  'ruby-mini-portile2',
  'ruby-nokogiri',
  'ruby-pg',
  'ruby-rack',
  'ruby-sinatra',
  'ruby-tilt',
  'ruby-tzinfo',
];

test("the gems of Debian's packages are those that RubyGems lists", { skip }, async () => {
  const root = join(scratch, 'debian');
  const signal = AbortSignal.timeout(240_000);
  await unpackPackages(await downloadPackages(debianPackages, join(scratch, 'debs'), signal), root, signal);
  const facts = catalogDirectory(root, ruby);
  const homes = facts.map(({ path }) => join(root, path.replace(/\/specifications\/.*$/, '')));
  assert.ok(found(facts).length >= debianPackages.length);
  assert.deepEqual(found(facts), listedBy(...new Set(homes)));
  assert.deepEqual(errorsOf(facts), []);

  const types = (await packagesOfRoot(root)).map(({ type, name }) => (type === 'deb' ? type : name));
  assert.deepEqual(new Set(types), new Set(['deb']), 'what dpkg put there is no second package');
});

const gems: Readonly<Record<string, string>> = {
  'tally-plain': `s.version = '1.2.3.pre4'; s.licenses = ['MIT', 'Apache-2.0']; s.add_dependency 'rake', '>= 1'`,
  tally_native: `s.version = '0.1'; s.platform = 'x86_64-linux'; s.license = 'BSD-2-Clause'`,
  'tally.java': `s.version = '10.0'; s.platform = 'java'; s.description = "s.name = 'other'\\nx"; s.add_development_dependency 'rspec', '> 0'`,
};

test('gems that RubyGems built and installed are found as it lists them', { skip }, () => {
  const home = join(scratch, 'home');
  for (const [name, fields] of Object.entries(gems)) {
    const source = join(scratch, name);
    mkdirSync(source);
    const specification = `Gem::Specification.new { |s| s.name = '${name}'; s.summary = 'x'; s.author = 'y'; ${fields} }`;
    writeFileSync(join(source, 'a.gemspec'), specification);
    runTool('gem', ['build', '--silent', '--output', 'a.gem', 'a.gemspec'], { cwd: source });
    runTool('gem', ['install', '--local', '--force', '--no-document', '--install-dir', home, 'a.gem'], {
      cwd: source,
    });
  }
  const facts = catalogDirectory(home, ruby);
  assert.equal(found(facts).length, 3);
  assert.deepEqual(found(facts), listedBy(home));
});
