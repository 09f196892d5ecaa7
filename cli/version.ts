import { readFileSync } from 'node:fs';

/** The version in package.json, beside the sources and one above dist/. */
export function toolVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (isManifest(manifest)) return manifest.version;
    } catch {
      // One of the two is not there.
    }
  }
  return '0.0.0';
}

function isManifest(value: unknown): value is { name: 'tallyman'; version: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    value.name === 'tallyman' &&
    'version' in value
  );
}
