import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFileName } from '../../../../../agent/catalogers/java/file-name.ts';

const names: readonly (readonly [string, string, string])[] = [
  ['guava-31.1-jre.jar', 'guava', '31.1-jre'],
  ['WEB-INF/lib/commons-lang3-3.12.0.jar', 'commons-lang3', '3.12.0'],
  ['log4j-1.2-api-2.17.1.jar', 'log4j-1.2-api', '2.17.1'],
  ['hibernate-jpa-2.1-api-1.0.0.Final.jar', 'hibernate-jpa-2.1-api', '1.0.0.Final'],
  ['postgresql-9.4-1201-jdbc41.jar', 'postgresql', '9.4-1201-jdbc41'],
  ['kafka_2.13-3.6.0.jar', 'kafka_2.13', '3.6.0'],
  ['foo-1.0-SNAPSHOT.jar', 'foo', '1.0-SNAPSHOT'],
  ['foo-1.0-20220101.120000-1.jar', 'foo', '1.0-20220101.120000-1'],
  ['foo-1.0-beta-2.jar', 'foo', '1.0-beta-2'],
  ['foo-1.0-rc-2-3.jar', 'foo', '1.0-rc-2-3'],
  [
    'netty-transport-native-epoll-4.1.100.Final-linux-x86_64.jar',
    'netty-transport-native-epoll',
    '4.1.100.Final',
  ],
  ['service-1.4.2-exec.war', 'service', '1.4.2'],
  ['tool-1.4.2-jar-with-dependencies.jar', 'tool', '1.4.2'],
  ['bcprov-jdk18on-1.77.jar', 'bcprov-jdk18on', '1.77'],
  ['org.eclipse.osgi_3.18.0.v20220516-2155.jar', 'org.eclipse.osgi', '3.18.0.v20220516-2155'],
  ['geronimo-jta_1.1_spec.jar', 'geronimo-jta_1.1_spec', ''],
  ['catalina.jar', 'catalina', ''],
  ['app.jar', 'app', ''],
  ['h2-2.jar', 'h2', '2'],
  ['-1.0.jar', '-1.0', ''],
  ['.jar', '', ''],
];

for (const [file, name, version] of names) {
  test(`${file} is ${name === '' ? 'nothing' : name} ${version}`, () => {
    assert.deepEqual(parseFileName(file), { name, version });
  });
}

test('a version that is known says where the name ends', () => {
  assert.deepEqual(parseFileName('log4j-1.2-1.2.17.jar', ['1.2.17']), {
    name: 'log4j-1.2',
    version: '1.2.17',
  });
  assert.deepEqual(parseFileName('foo-1.0.jar', ['1.0.0']), { name: 'foo', version: '1.0' });
});

test('a name of nothing but versions takes no time', () => {
  assert.equal(parseFileName(`${'-1-x'.repeat(50_000)}.jar`).version, '');
});
