const SPECIFICATION = /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/;
/** What Bundler checks out from a git repository; it rewrites the specifications there as RubyGems writes its own. */
const CHECKOUT = /(?:^|\/)bundler\/gems\/[^/]+\/(?:[^/]+\/)?[^/]+\.gemspec$/;
const TEST_DIRECTORIES: ReadonlySet<string> = new Set(['fixtures', 'spec', 'test', 'testdata', 'tests']);

/**
 * What a gemspec is by its place: that of an installed gem, one that Bundler checked out, or (undefined) a copy
 * that a gem brings along for those who build it.
 */
export function gemspecPlace(path: string): 'installed' | 'checkout' | undefined {
  if (CHECKOUT.test(path)) return 'checkout';
  return SPECIFICATION.test(path) && !isTestData(path) ? 'installed' : undefined;
}

/** Only inside a gem: the whole of an image may lie under a directory of any name. */
function isTestData(path: string): boolean {
  const gems = path.indexOf('/gems/');
  return (
    gems >= 0 &&
    path
      .slice(gems)
      .split('/')
      .some((segment) => TEST_DIRECTORIES.has(segment))
  );
}
