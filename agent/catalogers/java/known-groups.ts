import { compareMavenVersions } from '../../../core/versions/maven.ts';
import { attribute, type Manifest } from './manifest.ts';

/** A group, what its artifacts are named, and directories of which one must hold classes. */
type KnownGroup = readonly [group: string, artifact: RegExp, ...packages: readonly string[]];

/**
 * Libraries in many images whose archives tell no group, since they are not built by Maven or do not say so, and the
 * groups under which they are published. A name alone is no proof, so classes must lie where the library has its own.
 */
const KNOWN: readonly KnownGroup[] = [
  [
    'org.springframework',
    /^spring-(?:aop|aspects|beans|context(?:-indexer|-support)?|core|expression|instrument|jdbc|jms|messaging|orm|oxm|r2dbc|test|tx|web|webflux|webmvc|websocket)$/,
    'org/springframework',
  ],
  ['org.springframework', /^spring-jcl$/, 'org/apache/commons'],
  ['org.springframework.amqp', /^spring-(?:amqp|rabbit)$/, 'org/springframework/amqp'],
  [
    'org.springframework.batch',
    /^spring-batch-(?:core|infrastructure|integration)$/,
    'org/springframework/batch',
  ],
  ['org.springframework.boot', /^spring-boot(?:-[a-z-]+)?$/, 'org/springframework/boot'],
  ['org.springframework.integration', /^spring-integration-[a-z0-9-]+$/, 'org/springframework/integration'],
  ['org.springframework.kafka', /^spring-kafka$/, 'org/springframework/kafka'],
  ['org.springframework.security', /^spring-security-[a-z0-9-]+$/, 'org/springframework/security'],
  ['org.springframework.session', /^spring-session-[a-z-]+$/, 'org/springframework/session'],
  [
    'org.apache.tomcat',
    /^tomcat-(?:annotations-api|api|catalina(?:-ant|-ha)?|coyote(?:-ffm)?|dbcp|el-api|jasper|jasper-el|jaspic-api|jdbc|jni|jsp-api|juli|servlet-api|ssi|storeconfig|tribes|util|util-scan|websocket(?:-api|-client-api)?)$/,
    'org/apache/catalina',
    'org/apache/coyote',
    'org/apache/el',
    'org/apache/jasper',
    'org/apache/juli',
    'org/apache/tomcat',
    'javax',
    'jakarta',
  ],
  [
    'org.apache.tomcat.embed',
    /^tomcat-embed-(?:core|el|jasper|websocket)$/,
    'org/apache/catalina',
    'org/apache/el',
    'org/apache/jasper',
    'org/apache/tomcat',
  ],
  ['aopalliance', /^aopalliance$/, 'org/aopalliance'],
  ['avalon-framework', /^avalon-framework$/, 'org/apache/avalon'],
  ['com.github.ben-manes.caffeine', /^caffeine$/, 'com/github/benmanes'],
  ['com.github.luben', /^zstd-jni$/, 'com/github/luben'],
  ['com.google.code.findbugs', /^jsr305$/, 'javax/annotation'],
  ['com.google.protobuf', /^protobuf-(?:java(?:-util)?|javalite|kotlin)$/, 'com/google/protobuf'],
  ['com.google.re2j', /^re2j$/, 'com/google/re2j'],
  ['com.h2database', /^h2$/, 'org/h2'],
  ['com.ibm.icu', /^icu4j(?:-charset|-localespi)?$/, 'com/ibm/icu'],
  ['com.jayway.jsonpath', /^json-path$/, 'com/jayway/jsonpath'],
  ['com.mysql', /^mysql-connector-j$/, 'com/mysql'],
  ['com.oracle.database.jdbc', /^(?:ojdbc|ucp)\d+$/, 'oracle'],
  ['com.squareup.okhttp3', /^(?:okhttp(?:-[a-z-]+)?|logging-interceptor|mockwebserver)$/, 'okhttp3'],
  ['com.squareup.okio', /^okio(?:-jvm)?$/, 'okio'],
  ['com.typesafe', /^config$/, 'com/typesafe/config'],
  ['info.picocli', /^picocli(?:-[a-z0-9-]+)?$/, 'picocli'],
  ['io.grpc', /^grpc-[a-z0-9-]+$/, 'io/grpc'],
  ['io.micrometer', /^micrometer-[a-z0-9-]+$/, 'io/micrometer'],
  ['io.opencensus', /^opencensus-[a-z0-9-]+$/, 'io/opencensus'],
  [
    'io.opentelemetry',
    /^opentelemetry-(?:api(?:-[a-z]+)?|common|context|exporter-[a-z0-9-]+|extension-[a-z-]+|sdk(?:-[a-z0-9-]+)?)$/,
    'io/opentelemetry',
  ],
  ['io.opentelemetry.semconv', /^opentelemetry-semconv(?:-incubating)?$/, 'io/opentelemetry/semconv'],
  ['io.projectreactor', /^reactor-(?:core|test|tools)$/, 'reactor'],
  ['io.projectreactor.netty', /^reactor-netty(?:-[a-z]+)*$/, 'reactor/netty'],
  ['io.reactivex.rxjava3', /^rxjava$/, 'io/reactivex/rxjava3'],
  ['javax.inject', /^javax\.inject$/, 'javax/inject'],
  ['junit', /^junit$/, 'org/junit', 'junit/framework'],
  ['log4j', /^log4j$/, 'org/apache/log4j'],
  ['logkit', /^logkit$/, 'org/apache/log'],
  ['mysql', /^mysql-connector-java$/, 'com/mysql'],
  ['net.java.dev.jna', /^jna(?:-platform)?$/, 'com/sun/jna'],
  ['net.jcip', /^jcip-annotations$/, 'net/jcip'],
  ['org.apache.ant', /^ant(?:-[a-z0-9-]+)?$/, 'org/apache/tools'],
  ['org.apache.derby', /^derby[A-Za-z_]*$/, 'org/apache/derby'],
  ['org.apache.groovy', /^groovy(?:-[a-z0-9]+)*$/, 'groovy', 'org/codehaus/groovy', 'org/apache/groovy'],
  ['org.apache.kafka', /^(?:kafka[a-z_0-9.-]*|connect-[a-z-]+)$/, 'org/apache/kafka', 'kafka'],
  ['org.apache.lucene', /^lucene-[a-z0-9-]+$/, 'org/apache/lucene'],
  ['org.apache.velocity', /^velocity(?:-tools)?$/, 'org/apache/velocity'],
  ['org.apiguardian', /^apiguardian-api$/, 'org/apiguardian'],
  ['org.aspectj', /^aspectj(?:rt|weaver|tools|matcher)$/, 'org/aspectj'],
  [
    'org.bouncycastle',
    /^bc(?:prov|prov-ext|pkix|pg|mail|jmail|tls|util)-(?:ext-)?(?:jdk\w+|lts\w+)$/,
    'org/bouncycastle',
  ],
  ['org.checkerframework', /^checker-(?:compat-qual|qual|util)$/, 'org/checkerframework'],
  ['org.dom4j', /^dom4j$/, 'org/dom4j'],
  ['org.eclipse.platform', /^org\.eclipse\.osgi$/, 'org/eclipse/osgi'],
  [
    'org.elasticsearch',
    /^elasticsearch(?:-(?:core|x-content|geo|lz4|secure-sm|ssl-config))?$/,
    'org/elasticsearch',
  ],
  ['org.gradle', /^gradle-[a-z0-9-]+$/, 'org/gradle'],
  ['org.hamcrest', /^hamcrest(?:-(?:all|core|library))?$/, 'org/hamcrest'],
  [
    'org.hibernate.orm',
    /^hibernate-(?:core|envers|c3p0|jcache|hikaricp|ehcache|agroal|spatial|micrometer|community-dialects)$/,
    'org/hibernate',
  ],
  ['org.hsqldb', /^hsqldb$/, 'org/hsqldb'],
  ['org.jdom', /^jdom2?$/, 'org/jdom', 'org/jdom2'],
  ['org.jetbrains', /^annotations$/, 'org/jetbrains/annotations'],
  ['org.jetbrains.kotlin', /^kotlin-[a-z0-9-]+$/, 'kotlin', 'org/jetbrains/kotlin'],
  ['org.jetbrains.kotlinx', /^kotlinx-[a-z0-9-]+$/, 'kotlinx'],
  ['org.jspecify', /^jspecify$/, 'org/jspecify'],
  ['org.junit.jupiter', /^junit-jupiter(?:-[a-z-]+)?$/, 'org/junit/jupiter'],
  ['org.junit.platform', /^junit-platform-[a-z-]+$/, 'org/junit/platform'],
  ['org.junit.vintage', /^junit-vintage-engine$/, 'org/junit/vintage'],
  ['org.mockito', /^mockito-(?:all|core|inline|junit-jupiter)$/, 'org/mockito'],
  [
    'org.mongodb',
    /^(?:bson(?:-record-codec)?|mongo-java-driver|mongodb-driver(?:-[a-z-]+)?)$/,
    'org/bson',
    'com/mongodb',
  ],
  ['org.objenesis', /^objenesis$/, 'org/objenesis'],
  ['org.opentest4j', /^opentest4j$/, 'org/opentest4j'],
  ['org.ow2.asm', /^asm(?:-(?:analysis|commons|tree|util|xml))?$/, 'org/objectweb/asm'],
  ['org.postgresql', /^postgresql$/, 'org/postgresql'],
  ['org.reactivestreams', /^reactive-streams$/, 'org/reactivestreams'],
  ['org.roaringbitmap', /^RoaringBitmap$/, 'org/roaringbitmap'],
  ['org.scala-lang', /^scala-(?:library|reflect|compiler)$/, 'scala'],
  [
    'org.scala-lang.modules',
    /^scala-(?:collection-compat|java8-compat|parallel-collections|parser-combinators|xml)_[\d.]+$/,
    'scala',
  ],
  ['org.tukaani', /^xz$/, 'org/tukaani'],
  ['oro', /^oro$/, 'org/apache/oro'],
  ['xalan', /^(?:xalan|serializer)$/, 'org/apache/xalan', 'org/apache/xml'],
  ['xerces', /^xercesImpl$/, 'org/apache/xerces'],
];

/** Apache Commons of the first generation, whose groups are named as the artifacts. */
const COMMONS =
  /^commons-(?:beanutils|chain|cli|codec|collections|configuration|daemon|dbcp|digester|discovery|el|fileupload|httpclient|io|jxpath|lang|launcher|logging|modeler|net|pool|validator)$/;

/** Versions below had another group, or are somebody's own. */
const MOVED: ReadonlyMap<string, { readonly since: string; readonly before?: string }> = new Map([
  ['com.google.code.findbugs', { since: '1.3.7' }],
  ['io.opentelemetry.semconv', { since: '1.21.0-alpha', before: 'io.opentelemetry' }],
  ['org.apache.groovy', { since: '4.0.0-alpha-1', before: 'org.codehaus.groovy' }],
  ['org.dom4j', { since: '2.0.0-ALPHA-1', before: 'dom4j' }],
  ['org.hibernate.orm', { since: '6.0.0.Alpha1', before: 'org.hibernate' }],
  ['org.ow2.asm', { since: '4', before: 'asm' }],
]);

/** Beginnings of attributes that prove as much as classes, of groups with archives that have none. */
const STATED: ReadonlyMap<string, { readonly name: string; readonly beginning: string }> = new Map([
  ['org.jetbrains.kotlin', { name: 'Implementation-Vendor', beginning: 'JetBrains' }],
  ['org.junit.jupiter', { name: 'Implementation-Vendor', beginning: 'junit.org' }],
  ['org.springframework.boot', { name: 'Automatic-Module-Name', beginning: 'spring.boot' }],
]);

/** What an archive holds that proves its name. */
interface Evidence {
  readonly packages: ReadonlySet<string>;
  readonly manifest: Manifest;
}

/**
 * Group and artifact of a library that its name and its packages tell; undefined of others, and where it is a matter of an
 * unknown version. The name may have the group before it, as Quarkus names files.
 */
export function knownLibrary(
  name: string,
  version: string,
  evidence: Evidence,
): { readonly group: string; readonly artifact: string } | undefined {
  const group = knownGroup(name, version, evidence);
  if (group !== undefined) return { group, artifact: name };
  for (const [prefix] of KNOWN) {
    const artifact = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : '';
    if (artifact !== '' && knownGroup(artifact, version, evidence) === prefix)
      return { group: prefix, artifact };
  }
  return undefined;
}

function knownGroup(name: string, version: string, { packages, manifest }: Evidence): string | undefined {
  if (COMMONS.test(name)) return holds(packages, 'org/apache/commons') ? name : undefined;
  const [group = ''] =
    KNOWN.find(
      ([one, artifact, ...places]) =>
        artifact.test(name) && (places.some((place) => holds(packages, place)) || isStated(manifest, one)),
    ) ?? [];
  const moved = MOVED.get(group);
  if (moved === undefined) return group === '' ? undefined : group;
  if (version === '') return undefined;
  return compareMavenVersions(version, moved.since) < 0 ? moved.before : group;
}

function holds(packages: ReadonlySet<string>, place: string): boolean {
  for (const one of packages) if (one === place || one.startsWith(`${place}/`)) return true;
  return false;
}

function isStated(manifest: Manifest, group: string): boolean {
  const stated = STATED.get(group);
  return stated !== undefined && attribute(manifest, stated.name)?.startsWith(stated.beginning) === true;
}
