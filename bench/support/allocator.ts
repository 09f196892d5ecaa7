/** What `./tallyman` and the container image tell glibc, for processes that are measured as they are run. */
export const ALLOCATOR: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '16384',
  MALLOC_MMAP_THRESHOLD_: '16384',
  MALLOC_TOP_PAD_: '4096',
};

/** What `./tallyman` and the manifests tell a collector's Node. */
export const COLLECTOR_NODE_OPTIONS = '--max-semi-space-size=4';
