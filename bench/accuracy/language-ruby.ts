import { join } from 'node:path';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { languageTree } from './language-owned.ts';
import { ofType } from './language-wording.ts';
import { listTree } from './listings.ts';

const DEBIAN = {
  name: 'debian-ruby',
  pattern: /^ruby-[a-z]/,
  every: 12,
  also: 'bundler libruby3.1 puma ruby-bundler ruby-nokogiri ruby-rails ruby-rubygems rubygems-integration'.split(
    ' ',
  ),
};

/** Each specification, evaluated as the program that it is. */
const LIST = `
Gem::Specification.each_gemspec(ARGV) do |file|
  gem = Gem::Specification.load(file)
  puts "#{gem.name}@#{gem.version}"
end
`;
/** Folders that hold gems, each with its \`specifications\`. */
const HOMES = [
  'usr/share/rubygems-integration',
  'usr/lib/*/rubygems-integration',
  'usr/lib/ruby/gems',
  'var/lib/gems',
];

/** Debian's Ruby packages, by RubyGems. */
export async function surveyRuby(place: Workplace): Promise<readonly Comparison[]> {
  const { folder, owned } = await languageTree(place, 'Ruby', DEBIAN);
  const find = `ls -d ${HOMES.flatMap((home) => [`${home}/*/specifications`, `${home}/*/specifications/default`]).join(' ')} 2>/dev/null || true`;
  const folders = (await command('sh', ['-c', find], folder)).split('\n').map((path) => join(folder, path));
  const told = await command('ruby', ['-e', LIST, ...folders]);
  const about = {
    ecosystem: 'ruby',
    oracle: `RubyGems ${await command('gem', ['--version'])}`,
    subject: "Debian's packages",
    expected: new Set(told.split('\n')),
  };
  return [owned, comparison(about, await listTree(place, folder), ofType('gem'))];
}
