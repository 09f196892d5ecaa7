import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { FactContent, PackageRecord } from '../../core/facts.ts';
import { FINDING_RULES } from '../../core/finding-rules.ts';
import type { LayerFile } from '../../core/layer.ts';
import { declaredLicenses, licenseExpression } from '../../core/licenses/declared.ts';
import { PACKAGE_TYPES } from '../../core/package-types.ts';
import { formatPurl, parsePurl, purlOf } from '../../core/purl.ts';

/** As a layer's reader has it. */
const MOST_AT_ONCE = 256 << 20;
/** How often all of a file may be read, in several passes and in pieces that lie over each other. */
const MOST_PASSES = 64;

const filled = v.pipe(v.string(), v.minLength(1));
const texts = v.array(v.string());
const record = v.strictObject({
  type: v.picklist([...PACKAGE_TYPES]),
  namespace: v.optional(v.string()),
  name: filled,
  version: v.string(),
  epoch: v.optional(v.pipe(v.number(), v.safeInteger())),
  architecture: v.optional(v.string()),
  source: v.optional(v.strictObject({ name: v.string(), version: v.optional(v.string()) })),
  modularity: v.optional(v.string()),
  licenses: v.optional(texts),
  vendor: v.optional(v.string()),
  role: v.optional(v.literal('application')),
  flags: v.optional(v.array(v.picklist(['partly-installed', 'not-software', 'database-deleted']))),
  dependencies: v.optional(texts),
  sha1: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))),
  inside: v.optional(filled),
  distribution: v.optional(v.strictObject({ id: v.string(), version: v.optional(v.string()) })),
  qualifiers: v.optional(v.record(v.string(), v.string())),
});
const release = v.strictObject({
  id: v.string(),
  idLike: texts,
  versionId: v.optional(v.string()),
  versionCodename: v.optional(v.string()),
  prettyName: v.optional(v.string()),
  variantId: v.optional(v.string()),
  cpeName: v.optional(v.string()),
});
const build = v.strictObject({
  contentSets: v.optional(v.pipe(v.array(filled), v.minLength(1))),
  nvr: v.optional(filled),
  architecture: v.optional(filled),
  cpe: v.optional(filled),
});
const finding = v.strictObject({
  ruleId: v.picklist(FINDING_RULES),
  kind: filled,
  evidence: v.optional(v.string()),
});
const contents = v.strictObject({
  packages: v.optional(v.array(record)),
  claims: v.optional(
    v.array(v.strictObject({ owner: filled, files: v.array(filled), folders: v.optional(v.array(filled)) })),
  ),
  release: v.optional(release),
  findings: v.optional(v.array(finding)),
  licenses: v.optional(texts),
  supersedes: v.optional(v.array(filled)),
  build: v.optional(build),
  truncated: v.optional(filled),
});

/** Asserts that it is what its type says to the last field, and that all that is made of packages can be made of these. */
export function assertSound(content: FactContent): void {
  const { success, issues } = v.safeParse(contents, content);
  if (!success) assert.fail(issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('; '));
  for (const one of content.packages ?? []) assertNamed(one);
}

function assertNamed(one: PackageRecord): void {
  const purl = purlOf(one, undefined);
  assert.equal(formatPurl(parsePurl(purl)), purl);
  licenseExpression(one);
  declaredLicenses(one);
}

/** The same file, whose reader must ask for what can be: whole numbers, nothing before its begin, never too much. */
export function strictFile(file: LayerFile): LayerFile {
  let readBytes = 0;
  return {
    path: file.path,
    size: file.size,
    mode: file.mode,
    read(offset, length) {
      assert.ok(Number.isInteger(offset) && offset >= 0, `reads at ${offset}`);
      assert.ok(Number.isInteger(length) && length >= 0, `reads ${length} bytes`);
      assert.ok(Math.min(length, file.size - offset) <= MOST_AT_ONCE, `reads ${length} bytes at once`);
      const bytes = file.read(offset, length);
      readBytes += bytes.length;
      assert.ok(readBytes <= MOST_PASSES * file.size + MOST_AT_ONCE, 'reads the file over and over');
      return bytes;
    },
    sibling(name) {
      const beside = file.sibling(name);
      return beside && strictFile(beside);
    },
  };
}
