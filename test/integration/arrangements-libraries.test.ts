import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { listedBy, testInLayers, type Kind } from '../support/arrangements.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-libraries-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** An archive as Maven makes it. */
const WRITE_JAVA = `
import sys, zipfile
file, name, version = sys.argv[1:]
with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
    place = f'META-INF/maven/org.example/{name}/pom.properties'
    archive.writestr(place, f'groupId=org.example\\nartifactId={name}\\nversion={version}\\n')
    archive.writestr(f'org/example/{name}.class', 'x')
`;

/** No tool of Java lists archives: what Maven put into each is read by Python. */
const LIST_JAVA = `
import sys, zipfile
for file in sys.argv[1:]:
    if not zipfile.is_zipfile(file): continue
    with zipfile.ZipFile(file) as archive:
        for entry in archive.namelist():
            if not entry.endswith('/pom.properties'): continue
            lines = archive.read(entry).decode().splitlines()
            of = dict(line.split('=', 1) for line in lines if '=' in line)
            print(f"{file}\\t{of['groupId']}/{of['artifactId']}@{of['version']}")
`;

const java: Kind = {
  name: 'Java',
  cataloger: 'java',
  folder: 'srv/lib',
  file: (name) => `${name}.jar`,
  content(name, version) {
    const file = join(scratch, 'written.jar');
    runTool('/usr/bin/python3', ['-c', WRITE_JAVA, file, name, version]);
    return readFileSync(file);
  },
  nothing: 'nothing of use',
  list: (files) => listedBy('/usr/bin/python3', ['-c', LIST_JAVA], files),
};

const LIST_R = `
for (file in commandArgs(trailingOnly = TRUE)) if (basename(file) == "DESCRIPTION") {
  library <- dirname(dirname(file))
  name <- basename(dirname(file))
  known <- tryCatch(suppressWarnings(packageDescription(name, lib.loc = library)), error = function(damage) NULL)
  if (is.list(known) && !is.null(known$Built)) cat(file, "\\t", known$Package, "@", known$Version, "\\n", sep = "")
}`;

const r: Kind = {
  name: 'R',
  cataloger: 'r',
  folder: 'usr/lib/R/site-library',
  file: (name) => `${name}/DESCRIPTION`,
  content: (name, version) =>
    `Package: ${name}\nVersion: ${version}\nTitle: T\nBuilt: R 4.2.2; ; 2024-01-01 00:00:00 UTC; unix\n`,
  nothing: 'Package: gamma\nVersion: 1.0.0\nTitle: not built\n',
  list: (files) => listedBy('Rscript', ['-e', LIST_R], files),
};

const LIST_LUA = `
for _, file in ipairs(arg) do
  local spec = {}
  if file:match("%.rockspec$") then
    local run = assert(loadfile(file, 't', spec))
    if setfenv then setfenv(run, spec) end
    run()
    print(file .. "\\t" .. spec.package .. "@" .. spec.version)
  end
end`;

const lua: Kind = {
  name: 'Lua',
  cataloger: 'lua',
  folder: 'usr/local/lib/luarocks',
  file: (name, version) => `rocks-5.1/${name}/${version}-1/${name}-${version}-1.rockspec`,
  content: (name, version) => `package = "${name}"\nversion = "${version}-1"\n`,
  list(files) {
    const script = join(scratch, 'list.lua');
    writeFileSync(script, LIST_LUA);
    return listedBy('lua', [script], files);
  },
};

const LIST_PERL = `
for my $file (grep { m{/install\\.json$} } @ARGV) {
  open my $in, '<', $file; local $/; my $known = eval { decode_json(<$in>) } or next;
  next unless $known->{dist};
  my ($author) = $known->{pathname} =~ m{^./../([^/]+)/};
  (my $name = $known->{dist}) =~ s/-\\Q$known->{version}\\E$//;
  print "$file\\t$author/$name\\@$known->{version}\\n";
}`;

const perl: Kind = {
  name: 'Perl',
  cataloger: 'perl',
  folder: 'usr/local/lib/perl5',
  file: (name, version) => `.meta/${name}-${version}/install.json`,
  content: (name, version) =>
    JSON.stringify({
      name,
      version,
      dist: `${name}-${version}`,
      pathname: `T/TA/TALLY/${name}-${version}.tar.gz`,
    }),
  nothing: '{}',
  list: (files) => listedBy('perl', ['-MJSON::PP', '-e', LIST_PERL], files),
};

const LIST_OTP = `
[case file:consult(Path) of
  {ok, [{application, Name, Keys}]} -> io:format("~s\\t~s@~s~n", [Path, Name, proplists:get_value(vsn, Keys)]);
  _ -> nothing
end || Path <- init:get_plain_arguments(), filename:extension(Path) =:= ".app"], init:stop().`;

const otp: Kind = {
  name: 'Erlang',
  cataloger: 'otp',
  folder: 'opt/service/lib',
  file: (name, version) => `${name}-${version}/ebin/${name}.app`,
  content: (name, version) => `{application, ${name}, [{vsn, "${version}"}, {applications, [kernel]}]}.\n`,
  nothing: '{application, gamma, [{vsn, "%VSN%"}]}',
  list: (files) => listedBy('erl', ['-noshell', '-eval', LIST_OTP, '-extra'], files),
};

await testInLayers([
  [java, needsCommands('/usr/bin/python3')],
  [r, needsCommands('Rscript')],
  [lua, needsCommands('lua')],
  [perl, needsCommands('perl')],
  [otp, needsCommands('erl')],
]);
