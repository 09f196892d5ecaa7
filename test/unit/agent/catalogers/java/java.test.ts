import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { java } from '../../../../../agent/catalogers/java/index.ts';
import type { FactContent, PackageRecord } from '../../../../../core/facts.ts';
import { jar, type JarContent } from '../../../../support/jar.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

function parse(path: string, bytes: Uint8Array): FactContent {
  return java.parse(bufferFile(path, bytes));
}

/** `group:artifact@version`, then what else is of note. */
function short({ namespace = '?', name, version, role, sha1, inside }: PackageRecord): string {
  const notes = [role, sha1 && 'digest', inside && `in ${inside}`].filter(Boolean);
  return [`${namespace}:${name}@${version}`, ...notes].join(' ');
}

function packages(path: string, content: JarContent): readonly string[] {
  return (parse(path, jar(content)).packages ?? []).map(short);
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

const tool = { group: 'com.acme', artifact: 'tool', version: '1.2' };
const dep = { group: 'org.dep', artifact: 'dep', version: '3' };

/** Says nothing of itself but that it is Java. */
const PLAIN: JarContent = { classes: ['Tool'], manifest: {} };
const GRADLE = 'root/.gradle/caches/modules-2/files-2.1';

test('a jar that says nothing has the coordinates that it is kept under in a repository', () => {
  const kept: Readonly<Record<string, string>> = {
    'root/.m2/repository/com/acme/shop/tool/1.2/tool-1.2.jar': 'com.acme.shop:tool@1.2',
    'root/.m2/repository/com/acme/tool/1.2/tool-1.2-linux-x86_64.jar': 'com.acme:tool@1.2',
    'usr/share/maven-repo/acme/tool/1.2/tool-1.2.jar': 'acme:tool@1.2',
    'root/.cache/coursier/v1/https/repo.example.org/maven2/com/acme/tool/1.2/tool-1.2.jar':
      'com.acme:tool@1.2',
    [`${GRADLE}/com.acme.shop/tool/1.2/0a1b2c/tool-1.2.jar`]: 'com.acme.shop:tool@1.2',
  };
  for (const [path, identity] of Object.entries(kept)) assert.deepEqual(packages(path, PLAIN), [identity]);
});

test('a jar that says nothing goes by its name where it is kept under no coordinates, or under others', () => {
  for (const path of [
    'opt/lib/com/acme/tool/1.2/tool-1.2.jar',
    'root/.m2/repository/com/acme/tool/1.2/other-1.2.jar',
    'root/.m2/repository/tool/1.2/tool-1.2.jar',
    'root/.m2/repository/tool-1.2.jar',
    `${GRADLE}/com.acme/tool/1.2/tool-1.2.jar`,
    `${GRADLE}/com/acme/tool/1.2/0a1b2c/tool-1.2.jar`,
  ])
    assert.match(packages(path, PLAIN).join(), /^\?:(?:tool|other)@1\.2 digest$/);
});

test('what Maven says in a jar goes before where it is kept', () => {
  const path = 'root/.m2/repository/org/copy/tool/1.2/tool-1.2.jar';
  assert.deepEqual(packages(path, { described: [tool] }), ['com.acme:tool@1.2']);
});

const identities: readonly (readonly [string, string, JarContent, readonly string[]])[] = [
  ['a described jar by its name', 'lib/tool-1.2.jar', { described: [tool] }, ['com.acme:tool@1.2']],
  ['an add-on of ZAP', 'plugin/tool-1.2.zap', { described: [tool] }, ['com.acme:tool@1.2']],
  [
    'a jar with others shaded in',
    'lib/tool-1.2.jar',
    { described: [dep, tool] },
    ['com.acme:tool@1.2', 'org.dep:dep@3'],
  ],
  [
    'a jar named with a classifier',
    'lib/tool-1.2-linux-x86_64.jar',
    { described: [tool, dep] },
    ['com.acme:tool@1.2', 'org.dep:dep@3'],
  ],
  ['a renamed jar by its only description', 'app/app.jar', { described: [tool] }, ['com.acme:tool@1.2']],
  [
    'a renamed jar whose manifest names the description',
    'app/app.jar',
    { described: [dep, tool], manifest: { 'Implementation-Title': 'tool' } },
    ['com.acme:tool@1.2', 'org.dep:dep@3'],
  ],
  [
    'a renamed collection by what is in it',
    'app/app.jar',
    { described: [tool, dep] },
    ['com.acme:tool@1.2', 'org.dep:dep@3'],
  ],
  [
    'a jar whose only description is of what it shades',
    'lib/guice.jar',
    { described: [dep], manifest: { 'Bundle-SymbolicName': 'com.google.inject', 'Bundle-Version': '4.2.3' } },
    ['?:guice@4.2.3 digest', 'org.dep:dep@3'],
  ],
  [
    'a jar named otherwise than what it shades',
    'lib/other-2.0.jar',
    { described: [dep] },
    ['?:other@2.0 digest', 'org.dep:dep@3'],
  ],
  [
    'a jar named with its group',
    'lib/com.acme.tool-1.2.jar',
    { described: [tool], manifest: { 'Bundle-SymbolicName': 'x' } },
    ['com.acme:tool@1.2'],
  ],
  [
    'a jar whose only description has the version of its manifest',
    'jetty/start.jar',
    { described: [tool], manifest: { 'Bundle-SymbolicName': 'com.acme.start', 'Bundle-Version': '1.2' } },
    ['com.acme:tool@1.2'],
  ],
  [
    'a description without a version by the version of the file',
    'lib/tool-1.2.jar',
    { described: [{ ...tool, version: '${revision}' }] },
    ['com.acme:tool@1.2'],
  ],
  [
    'a Jenkins plugin by its manifest',
    'plugins/git.jpi',
    { manifest: { 'Group-Id': 'org.jenkins-ci.plugins', 'Short-Name': 'git', 'Plugin-Version': '5.2.1' } },
    ['org.jenkins-ci.plugins:git@5.2.1'],
  ],
  [
    'a NiFi bundle by its manifest',
    'lib/nifi-x-nar-1.2.nar',
    { manifest: { 'Nar-Group': 'org.apache.nifi', 'Nar-Id': 'nifi-x-nar', 'Nar-Version': '1.2' } },
    ['org.apache.nifi:nifi-x-nar@1.2'],
  ],
  [
    'a library of Spring by its name and packages',
    'lib/spring-core-5.3.31.jar',
    { manifest: { 'Implementation-Title': 'spring-core' }, classes: ['org/springframework/core/Ordered'] },
    ['org.springframework:spring-core@5.3.31'],
  ],
  [
    'a known library whose group Quarkus puts before its name',
    'deployments/lib/main/io.grpc.grpc-core-1.65.1.jar',
    { classes: ['io/grpc/internal/GrpcUtil'] },
    ['io.grpc:grpc-core@1.65.1'],
  ],
  [
    'no known library under the name of another group',
    'deployments/lib/main/org.acme.grpc-core-1.65.1.jar',
    { classes: ['io/grpc/internal/GrpcUtil'] },
    ['?:org.acme.grpc-core@1.65.1 digest'],
  ],
  [
    'no library of Spring by its name alone',
    'lib/spring-core-5.3.31.jar',
    {},
    ['?:spring-core@5.3.31 digest'],
  ],
  [
    'a library of Groovy under the group of its time',
    'lib/groovy-3.0.19.jar',
    { classes: ['groovy/lang/Closure'] },
    ['org.codehaus.groovy:groovy@3.0.19'],
  ],
  [
    'a library of Tomcat under the name that Tomcat shortens',
    'usr/local/tomcat/lib/catalina-tribes.jar',
    {
      manifest: { 'Implementation-Title': 'Apache Tomcat', 'Implementation-Version': '9.0.85' },
      classes: ['org/apache/catalina/tribes/Channel'],
    },
    ['org.apache.tomcat:tomcat-tribes@9.0.85'],
  ],
  [
    'a library of Kotlin without classes by its maker',
    'lib/kotlin-stdlib-jdk8-2.1.0.jar',
    { manifest: { 'Implementation-Vendor': 'JetBrains' }, classes: ['META-INF/versions/9/module-info'] },
    ['org.jetbrains.kotlin:kotlin-stdlib-jdk8@2.1.0'],
  ],
  [
    'a library of Commons that is its own group',
    'lib/commons-logging-1.0.4.jar',
    { classes: ['org/apache/commons/logging/Log'] },
    ['commons-logging:commons-logging@1.0.4'],
  ],
  [
    'no group where it is a matter of the version',
    'lib/asm.jar',
    { classes: ['org/objectweb/asm/Type'] },
    ['?:asm@ digest'],
  ],
  ['any other jar by its name', 'lib/thing-4.jar', { manifest: {} }, ['?:thing@4 digest']],
  [
    'a jar without a version by its title and version',
    'app.jar',
    { manifest: { 'Implementation-Title': 'shop', 'Implementation-Version': '2.1 (build 7)' } },
    ['?:shop@2.1 digest'],
  ],
  [
    'no group in vendors and symbolic names',
    'lib/foo-1.0.jar',
    {
      manifest: {
        'Implementation-Vendor-Id': 'org.apache',
        'Bundle-SymbolicName': 'org.apache.foo;singleton:=true',
      },
    },
    ['?:foo@1.0 digest'],
  ],
  [
    'nothing in a jar of the Java runtime itself',
    'usr/lib/jvm/java-8/jre/lib/rt.jar',
    {
      manifest: { 'Implementation-Title': 'Java Runtime Environment', 'Implementation-Version': '1.8.0_392' },
    },
    [],
  ],
  ['nothing in a jar of pictures', 'share/icons.jar', { classes: [], files: { 'a.png': '' } }, []],
  [
    'a starter without classes by its name',
    'lib/x-starter-1.0.jar',
    { classes: [], manifest: {} },
    ['?:x-starter@1.0 digest'],
  ],
];

for (const [what, path, content, expected] of identities) {
  test(`finds ${what}`, () => assert.deepEqual(packages(path, content), expected));
}

const library = jar({
  described: [dep],
  manifest: { 'Bundle-License': 'Apache-2.0;link="https://x", "MIT"' },
});
const unknown = jar({ classes: ['x/Y'] });

for (const storeFiles of [true, false]) {
  const how = storeFiles ? 'stored' : 'compressed';
  test(`finds what is in a program with its libraries ${how}, and in theirs`, () => {
    const inner = jar({ described: [tool], files: { 'lib/deep.jar': library }, storeFiles });
    const files = { 'BOOT-INF/lib/tool-1.2.jar': inner, 'BOOT-INF/lib/unknown-9.jar': unknown };
    const manifest = { 'Start-Class': 'com.acme.Shop' };
    const described = [{ group: 'com.acme', artifact: 'shop', version: '7' }];
    const content = parse('app/app.jar', jar({ manifest, described, files, storeFiles }));
    assert.deepEqual(content.packages?.map(short), [
      'com.acme:shop@7 application',
      'com.acme:tool@1.2 in BOOT-INF/lib/tool-1.2.jar',
      'org.dep:dep@3 in BOOT-INF/lib/tool-1.2.jar!/lib/deep.jar',
      '?:unknown@9 digest in BOOT-INF/lib/unknown-9.jar',
    ]);
    assert.equal(content.packages?.at(-1)?.sha1, sha1(unknown));
    assert.equal(content.truncated, undefined);
  });
}

test('a jar without coordinates has the digest of all its bytes', () => {
  const bytes = Buffer.concat([Buffer.from('#!/bin/sh\n'), unknown]);
  assert.equal(parse('lib/x-1.jar', bytes).packages?.[0]?.sha1, sha1(bytes));
});

test('a program without coordinates is the application, and not digested', () => {
  assert.deepEqual(packages('app/app.jar', { manifest: { 'Start-Class': 'x' } }), ['?:app@ application']);
  assert.deepEqual(packages('webapps/shop-1.0.war', { files: { 'WEB-INF/web.xml': '' } }), [
    '?:shop@1.0 application',
  ]);
});

test('a description gives licenses and dependencies, else the bundle its licenses', () => {
  const xml = `<project><licenses><license><name>MIT</name></license></licenses><dependencies><dependency>
    <groupId>org.dep</groupId><artifactId>dep</artifactId></dependency></dependencies></project>`;
  const [own, bundle] = [jar({ described: [{ ...tool, xml }] }), library].map(
    (bytes) => parse('lib/tool-1.2.jar', bytes).packages?.[0],
  );
  assert.deepEqual(own?.licenses, ['MIT']);
  assert.deepEqual(own?.dependencies, ['org.dep:dep']);
  assert.deepEqual(bundle?.licenses, ['Apache-2.0', 'MIT']);
});

test('a described package without properties goes by its model', () => {
  const xml =
    '<project><groupId>com.acme</groupId><artifactId>tool</artifactId><version>1.2</version></project>';
  const files = { 'META-INF/maven/com.acme/tool/pom.xml': xml };
  assert.deepEqual(packages('lib/tool.jar', { files }), ['com.acme:tool@1.2']);
});

test('an unpacked program is found by its description', () => {
  const path = 'workspace/META-INF/maven/com.acme/shop/pom.properties';
  const pom = '<project><licenses><license><name>MIT</name></license></licenses></project>';
  const file = bufferFile(path, 'version=7\n', { siblings: { 'pom.xml': pom } });
  assert.deepEqual(java.parse(file).packages, [
    {
      type: 'maven',
      namespace: 'com.acme',
      name: 'shop',
      version: '7',
      licenses: ['MIT'],
      role: 'application',
    },
  ]);
});

test('archives and unpacked descriptions are candidates, sources and other properties are not', () => {
  const accepted = ['a.jar', 'a.war', 'a.ear', 'a.jpi', 'a.hpi', 'a.kar', 'a.nar', 'a.par', 'a.sar'];
  for (const path of accepted) assert.equal(java.candidates.accepts(path), true, path);
  const refused = [
    'a-sources.jar',
    'a-javadoc.jar',
    'a.zip',
    'target/maven-archiver/pom.properties',
    'pom.properties',
  ];
  for (const path of refused) assert.equal(java.candidates.accepts(path), false, path);
});

test('files that are no archives have nothing', () => {
  for (const bytes of ['', 'version https://git-lfs.github.com/spec/v1', 'Rar!\x1a\x07'])
    assert.deepEqual(parse('a.jar', Buffer.from(bytes)), {});
});

test('reads a small part of a large archive that is described', () => {
  const bytes = jar({ described: [tool], files: { 'big.bin': Buffer.alloc(16 << 20) }, storeFiles: true });
  const file = bufferFile('lib/tool-1.2.jar', bytes);
  let count = 0;
  const read = (offset: number, length: number): Uint8Array => {
    const part = file.read(offset, length);
    count += part.length;
    return part;
  };
  assert.equal(java.parse({ ...file, read }).packages?.length, 1);
  assert.ok(count < 20_000, `${count} bytes`);
});
