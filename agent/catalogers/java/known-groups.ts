import { compareMavenVersions } from '../../../core/versions/maven.ts';

interface KnownGroup {
  readonly group: string;
  /** What the artifact must be named. */
  readonly artifact: RegExp;
  /** One of these directories must hold classes. */
  readonly packages: readonly string[];
  /** Versions below this one had the group `before`. */
  readonly since?: { readonly version: string; readonly before: string };
}

/**
 * Libraries in many images whose archives tell no group, since they are not built by Maven, and the groups under which
 * they are published. A name alone is no proof, so classes must lie where the library has its own.
 */
const KNOWN: readonly KnownGroup[] = [
  {
    group: 'org.springframework',
    artifact:
      /^spring-(?:aop|aspects|beans|context(?:-indexer|-support)?|core|expression|instrument|jdbc|jms|messaging|orm|oxm|r2dbc|test|tx|web|webflux|webmvc|websocket)$/,
    packages: ['org/springframework'],
  },
  { group: 'org.springframework', artifact: /^spring-jcl$/, packages: ['org/apache/commons'] },
  {
    group: 'org.springframework.boot',
    artifact: /^spring-boot(?:-[a-z-]+)?$/,
    packages: ['org/springframework/boot'],
  },
  {
    group: 'org.springframework.security',
    artifact: /^spring-security-[a-z0-9-]+$/,
    packages: ['org/springframework/security'],
  },
  {
    group: 'org.springframework.session',
    artifact: /^spring-session-[a-z-]+$/,
    packages: ['org/springframework/session'],
  },
  { group: 'org.springframework.kafka', artifact: /^spring-kafka$/, packages: ['org/springframework/kafka'] },
  {
    group: 'org.springframework.amqp',
    artifact: /^spring-(?:amqp|rabbit)$/,
    packages: ['org/springframework/amqp'],
  },
  {
    group: 'org.springframework.integration',
    artifact: /^spring-integration-[a-z0-9-]+$/,
    packages: ['org/springframework/integration'],
  },
  {
    group: 'org.springframework.batch',
    artifact: /^spring-batch-(?:core|infrastructure|integration)$/,
    packages: ['org/springframework/batch'],
  },
  {
    group: 'org.apache.tomcat.embed',
    artifact: /^tomcat-embed-(?:core|el|jasper|websocket)$/,
    packages: ['org/apache/catalina', 'org/apache/el', 'org/apache/jasper', 'org/apache/tomcat'],
  },
  {
    group: 'org.apache.tomcat',
    artifact:
      /^tomcat-(?:annotations-api|api|catalina(?:-ant|-ha)?|coyote(?:-ffm)?|dbcp|el-api|jasper|jasper-el|jaspic-api|jdbc|jni|jsp-api|juli|servlet-api|ssi|storeconfig|tribes|util|util-scan|websocket(?:-api|-client-api)?)$/,
    packages: ['org/apache', 'javax', 'jakarta'],
  },
  {
    group: 'org.jetbrains.kotlin',
    artifact: /^kotlin-[a-z0-9-]+$/,
    packages: ['kotlin', 'org/jetbrains/kotlin'],
  },
  { group: 'org.jetbrains.kotlinx', artifact: /^kotlinx-[a-z0-9-]+$/, packages: ['kotlinx'] },
  { group: 'org.jetbrains', artifact: /^annotations$/, packages: ['org/jetbrains/annotations'] },
  {
    group: 'com.squareup.okhttp3',
    artifact: /^(?:okhttp(?:-[a-z-]+)?|logging-interceptor|mockwebserver)$/,
    packages: ['okhttp3'],
  },
  { group: 'com.squareup.okio', artifact: /^okio(?:-jvm)?$/, packages: ['okio'] },
  {
    group: 'org.apache.groovy',
    artifact: /^groovy(?:-[a-z0-9]+)*$/,
    packages: ['groovy', 'org/codehaus/groovy', 'org/apache/groovy'],
    since: { version: '4.0.0-alpha-1', before: 'org.codehaus.groovy' },
  },
  { group: 'org.apache.lucene', artifact: /^lucene-[a-z0-9-]+$/, packages: ['org/apache/lucene'] },
  { group: 'org.apache.ant', artifact: /^ant(?:-[a-z0-9-]+)?$/, packages: ['org/apache/tools'] },
  { group: 'org.apache.derby', artifact: /^derby[A-Za-z_]*$/, packages: ['org/apache/derby'] },
  {
    group: 'org.apache.kafka',
    artifact: /^(?:kafka[a-z_0-9.-]*|connect-[a-z-]+)$/,
    packages: ['org/apache/kafka', 'kafka'],
  },
  { group: 'org.gradle', artifact: /^gradle-[a-z0-9-]+$/, packages: ['org/gradle'] },
  { group: 'org.junit.jupiter', artifact: /^junit-jupiter-[a-z-]+$/, packages: ['org/junit/jupiter'] },
  { group: 'org.junit.platform', artifact: /^junit-platform-[a-z-]+$/, packages: ['org/junit/platform'] },
  { group: 'org.junit.vintage', artifact: /^junit-vintage-engine$/, packages: ['org/junit/vintage'] },
  { group: 'io.grpc', artifact: /^grpc-[a-z0-9-]+$/, packages: ['io/grpc'] },
  { group: 'io.opencensus', artifact: /^opencensus-[a-z0-9-]+$/, packages: ['io/opencensus'] },
  {
    group: 'org.ow2.asm',
    artifact: /^asm(?:-(?:analysis|commons|tree|util|xml))?$/,
    packages: ['org/objectweb/asm'],
    since: { version: '4', before: 'asm' },
  },
  {
    group: 'org.mongodb',
    artifact: /^(?:bson(?:-record-codec)?|mongo-java-driver|mongodb-driver(?:-[a-z-]+)?)$/,
    packages: ['org/bson', 'com/mongodb'],
  },
  {
    group: 'org.bouncycastle',
    artifact: /^bc(?:prov|prov-ext|pkix|pg|mail|jmail|tls|util)-(?:ext-)?(?:jdk\w+|lts\w+)$/,
    packages: ['org/bouncycastle'],
  },
  {
    group: 'org.hibernate.orm',
    artifact:
      /^hibernate-(?:core|envers|c3p0|jcache|hikaricp|ehcache|agroal|spatial|micrometer|community-dialects)$/,
    packages: ['org/hibernate'],
    since: { version: '6.0.0.Alpha1', before: 'org.hibernate' },
  },
  { group: 'io.projectreactor', artifact: /^reactor-(?:core|test|tools)$/, packages: ['reactor'] },
  { group: 'io.projectreactor.netty', artifact: /^reactor-netty(?:-[a-z]+)*$/, packages: ['reactor/netty'] },
  { group: 'io.micrometer', artifact: /^micrometer-[a-z0-9-]+$/, packages: ['io/micrometer'] },
  { group: 'io.reactivex.rxjava3', artifact: /^rxjava$/, packages: ['io/reactivex/rxjava3'] },
  { group: 'com.github.ben-manes.caffeine', artifact: /^caffeine$/, packages: ['com/github/benmanes'] },
  {
    group: 'org.elasticsearch',
    artifact: /^elasticsearch(?:-(?:core|x-content|geo|lz4|secure-sm|ssl-config))?$/,
    packages: ['org/elasticsearch'],
  },
  { group: 'org.postgresql', artifact: /^postgresql$/, packages: ['org/postgresql'] },
  { group: 'com.mysql', artifact: /^mysql-connector-j$/, packages: ['com/mysql'] },
  { group: 'mysql', artifact: /^mysql-connector-java$/, packages: ['com/mysql'] },
  { group: 'com.oracle.database.jdbc', artifact: /^(?:ojdbc|ucp)\d+$/, packages: ['oracle'] },
  { group: 'com.h2database', artifact: /^h2$/, packages: ['org/h2'] },
  { group: 'org.hsqldb', artifact: /^hsqldb$/, packages: ['org/hsqldb'] },
  { group: 'net.java.dev.jna', artifact: /^jna(?:-platform)?$/, packages: ['com/sun/jna'] },
  { group: 'org.scala-lang', artifact: /^scala-(?:library|reflect|compiler)$/, packages: ['scala'] },
  { group: 'org.aspectj', artifact: /^aspectj(?:rt|weaver|tools|matcher)$/, packages: ['org/aspectj'] },
  { group: 'org.hamcrest', artifact: /^hamcrest(?:-(?:all|core|library))?$/, packages: ['org/hamcrest'] },
  {
    group: 'org.mockito',
    artifact: /^mockito-(?:all|core|inline|junit-jupiter)$/,
    packages: ['org/mockito'],
  },
  { group: 'junit', artifact: /^junit$/, packages: ['org/junit', 'junit/framework'] },
  { group: 'com.ibm.icu', artifact: /^icu4j(?:-charset|-localespi)?$/, packages: ['com/ibm/icu'] },
  { group: 'info.picocli', artifact: /^picocli(?:-[a-z0-9-]+)?$/, packages: ['picocli'] },
  { group: 'org.tukaani', artifact: /^xz$/, packages: ['org/tukaani'] },
  { group: 'xerces', artifact: /^xercesImpl$/, packages: ['org/apache/xerces'] },
  { group: 'xalan', artifact: /^(?:xalan|serializer)$/, packages: ['org/apache/xalan', 'org/apache/xml'] },
  { group: 'javax.inject', artifact: /^javax\.inject$/, packages: ['javax/inject'] },
  { group: 'aopalliance', artifact: /^aopalliance$/, packages: ['org/aopalliance'] },
  { group: 'commons-daemon', artifact: /^commons-daemon$/, packages: ['org/apache/commons'] },
];

/** The group of a library that is known by its name and its packages; undefined when it is not, or its version counts and is unknown. */
export function knownGroup(name: string, version: string, packages: ReadonlySet<string>): string | undefined {
  const known = KNOWN.find(
    ({ artifact, packages: places }) => artifact.test(name) && places.some((place) => holds(packages, place)),
  );
  if (known?.since === undefined) return known?.group;
  if (version === '') return undefined;
  return compareMavenVersions(version, known.since.version) < 0 ? known.since.before : known.group;
}

function holds(packages: ReadonlySet<string>, place: string): boolean {
  for (const one of packages) if (one === place || one.startsWith(`${place}/`)) return true;
  return false;
}
