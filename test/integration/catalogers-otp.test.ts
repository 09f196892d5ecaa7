import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { otp } from '../../agent/catalogers/otp/index.ts';
import { bufferFile } from '../support/layer-file.ts';
import { needsCommands } from '../support/requirements.ts';

/** Erlang's own reading of every resource file of its installation: name, version, needed applications. */
const READ = `
[begin
  {ok, [{application, Name, Keys}]} = file:consult(Path),
  Needed = proplists:get_value(applications, Keys, []) ++ proplists:get_value(included_applications, Keys, []),
  io:format("~s ~s ~s~n", [Name, proplists:get_value(vsn, Keys), lists:join(",", lists:sort([atom_to_list(N) || N <- Needed]))])
end || Path <- filelib:wildcard(code:lib_dir() ++ "/*/ebin/*.app")], init:stop().`;

test('applications are those that Erlang reads', { skip: needsCommands('erl') }, () => {
  const home = execFileSync('erl', ['-noshell', '-eval', 'io:put_chars(code:lib_dir()), init:stop().'], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  const read = execFileSync('erl', ['-noshell', '-eval', READ], { encoding: 'utf8', timeout: 300_000 });
  const found = globSync(`${home}/*/ebin/*.app`)
    .flatMap((path) => otp.parse(bufferFile(path.slice(1), readFileSync(path))).packages ?? [])
    .map(({ name, version, dependencies = [] }) => `${name} ${version} ${dependencies.toSorted().join(',')}`);
  assert.ok(found.length > 3);
  assert.deepEqual(found.toSorted(), read.trimEnd().split('\n').toSorted());
});
