import * as v from 'valibot';

/** The part of an OCI runtime spec that tells how confined a container is. Source: runtime-spec, config-linux.md. */
const specSchema = v.object({
  process: v.nullish(
    v.object({ capabilities: v.nullish(v.object({ bounding: v.nullish(v.array(v.string())) })) }),
  ),
  linux: v.nullish(
    v.object({
      maskedPaths: v.nullish(v.array(v.string())),
      readonlyPaths: v.nullish(v.array(v.string())),
      seccomp: v.nullish(v.unknown()),
    }),
  ),
});
const MAX_SPEC_BYTES = 4 * 1024 * 1024;

/**
 * Whether a container is what engines call privileged. They leave no such mark in the spec, so: it is when it may
 * administrate the system and nothing of /proc and /sys is hidden or protected from it; it is not when it
 * may not. `undefined` in between, and when there is no spec we can read.
 */
export function isPrivileged(spec: Uint8Array | null | undefined): boolean | undefined {
  const read = parse(spec);
  if (read === undefined) return undefined;
  const bounding = read.process?.capabilities?.bounding ?? [];
  if (!bounding.includes('CAP_SYS_ADMIN')) return false;
  const open = [read.linux?.maskedPaths, read.linux?.readonlyPaths].every(
    (paths) => (paths ?? []).length === 0,
  );
  return open && !read.linux?.seccomp ? true : undefined;
}

function parse(spec: Uint8Array | null | undefined): v.InferOutput<typeof specSchema> | undefined {
  if (!spec || spec.length === 0 || spec.length > MAX_SPEC_BYTES) return undefined;
  try {
    const read = v.safeParse(specSchema, JSON.parse(new TextDecoder().decode(spec)));
    return read.success ? read.output : undefined;
  } catch {
    return undefined; // Not JSON: another runtime's spec.
  }
}
