import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';
import { freeFormLicenses } from './free-form.ts';
import { isMachineReadable, machineReadableLicenses } from './machine-readable.ts';

/** The longest that Debian ships have 2 MiB. */
const MAX_BYTES = 4 * 1024 * 1024;
const FOLDER = 'usr/share/doc/';

/**
 * Licenses of Debian's packages, from the copyright file that each has. Which package it speaks of is decided when layers
 * are merged: its folder may be a link to another package's. Source: Debian Policy, 12.5.
 */
export const dpkgCopyright: Cataloger = {
  id: 'dpkg-copyright',
  version: 1,
  candidates: {
    basenames: ['copyright'],
    accepts: (path) => path.startsWith(FOLDER) && path.indexOf('/', FOLDER.length) === path.lastIndexOf('/'),
  },
  parse,
};

function parse(file: LayerFile): FactContent {
  const bytes = file.read(0, Math.min(file.size, MAX_BYTES));
  const stated = isMachineReadable(bytes) ? machineReadableLicenses(new TextDecoder().decode(bytes)) : [];
  const licenses = stated.length > 0 ? stated : freeFormLicenses(bytes);
  const truncated = file.size > MAX_BYTES ? `only the first ${MAX_BYTES} bytes were read` : undefined;
  return present({ licenses: filled(licenses), truncated });
}
