import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ruby } from '../../../../../agent/catalogers/ruby/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PLACE = 'usr/local/bundle/specifications/x.gemspec';

const RACK = `# -*- encoding: utf-8 -*-
# stub: rack-session 2.0.0 ruby lib

Gem::Specification.new do |s|
  s.name = "rack-session".freeze
  s.version = "2.0.0"

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { "rubygems_mfa_required" => "true" } if s.respond_to? :metadata=
  s.require_paths = ["lib".freeze]
  s.authors = ["Samuel Williams".freeze, "Jeremy Evans".freeze]
  s.licenses = ["MIT".freeze, "Ruby".freeze]
  s.required_ruby_version = Gem::Requirement.new(">= 2.5".freeze)
  s.installed_by_version = "3.4.10" if s.respond_to? :installed_by_version

  s.specification_version = 4

  s.add_runtime_dependency(%q<rack>.freeze, [">= 3.0.0"])
  s.add_runtime_dependency(%q<base64>.freeze, [">= 0.1.0"])
  s.add_development_dependency(%q<bundler>.freeze, [">= 0"])
end
`;

function parse(text: string, path = PLACE) {
  return ruby.parse(bufferFile(path, text));
}

test('a gem has its name, version, licenses and what it needs to run', () => {
  assert.deepEqual(parse(RACK).packages, [
    {
      type: 'gem',
      name: 'rack-session',
      version: '2.0.0',
      licenses: ['MIT', 'Ruby'],
      dependencies: ['rack', 'base64'],
    },
  ]);
});

test('a gem built for one platform is told from the one for any', () => {
  const stub =
    '# -*- encoding: utf-8 -*-\n# stub: nokogiri 1.16.0 x86_64-linux lib\0ext\n# stub: ext/extconf.rb\n';
  assert.deepEqual(parse(stub).packages, [
    { type: 'gem', name: 'nokogiri', version: '1.16.0', qualifiers: { platform: 'x86_64-linux' } },
  ]);
});

test('without the comment the assignments count', () => {
  const text = `Gem::Specification.new do |spec|
  spec.name = %q{ignored}
  spec.name = 'old_gem'
  spec.version = Gem::Version.new("0.9")
  spec.platform = 'java'
  spec.license = "BSD 2-Clause \\"Simplified\\""
  spec.add_dependency "json", "~> 2.0"
end`;
  assert.deepEqual(parse(text).packages, [
    {
      type: 'gem',
      name: 'old_gem',
      version: '0.9',
      licenses: ['BSD 2-Clause "Simplified"'],
      dependencies: ['json'],
      qualifiers: { platform: 'java' },
    },
  ]);
});

test('a specification that computes its version names no package', () => {
  assert.deepEqual(parse('Gem::Specification.new do |s|\n  s.name = "a"\n  s.version = A::VERSION\nend'), {});
  assert.deepEqual(parse('# stub: a b ruby lib\n'), {});
  assert.deepEqual(parse(''), {});
});

test('of what Bundler checked out, only what it rewrote counts', () => {
  const path = 'usr/local/bundle/bundler/gems/rack-session-0123456789ab/rack-session.gemspec';
  assert.equal(parse(RACK, path).packages?.length, 1);
  assert.deepEqual(parse(RACK.replace('# stub:', '#'), path), {});
});

test('only specifications of installed gems are candidates', () => {
  const paths = {
    [PLACE]: true,
    'usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec': true,
    'usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec': true,
    'usr/share/rubygems-integration/all/specifications/rack-2.2.4.gemspec': true,
    'specifications/a-1.gemspec': true,
    'app/vendor/bundle/ruby/3.3.0/bundler/gems/rails-0123456789ab/activesupport/activesupport.gemspec': true,
    'usr/local/bundle/gems/rake-13.0.6/rake.gemspec': false,
    'usr/local/bundle/gems/a-1/spec/fixtures/specifications/b-1.gemspec': false,
    'app/a.gemspec': false,
    'usr/lib/ruby/gems/3.1.0/specifications/default/deeper/json.gemspec': false,
    'srv/test/specifications/a-1.gemspec': true,
  };
  for (const [path, expected] of Object.entries(paths))
    assert.equal(ruby.candidates.accepts(path), expected, path);
});

test('any bytes give gems or none', () => {
  fc.assert(fc.property(hostileBytes(Buffer.from(RACK)), (bytes) => assertSurvives(ruby, PLACE, bytes)));
});

test('text made to confuse a pattern is passed over at once', () => {
  for (const text of [
    `s.name = "${'\\'.repeat(500_000)}\ns.licenses = [${'"a", '.repeat(100_000)}\n`,
    '\n'.repeat(1_000_000),
    `s.add_dependency${' '.repeat(1_000_000)}`,
    `s.licenses = [${'\\"'.repeat(500_000)}`,
    '.add_dependency "'.repeat(60_000),
    'a'.repeat(1_000_000),
  ]) {
    assert.deepEqual(parse(text), {}, text.slice(0, 20));
  }
});
