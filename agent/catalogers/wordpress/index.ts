import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';

/** WordPress looks no deeper either, for `mu-plugins` not even that deep, and at no hidden plugin. Source: get_plugins(). */
const PLUGIN = /(?:^|\/)wp-content\/(?:plugins\/(?:([^/.][^/]*)\/)?([^/.][^/]*)|mu-plugins\/([^/]+))\.php$/;
const CORE = /(?:^|\/)wp-includes\/version\.php$/;
/** As much as WordPress itself reads for headers. */
const HEADER_BYTES = 8 * 1024;

/** WordPress and its plugins, by the headers that WordPress itself goes by. */
export const wordpress: Cataloger = {
  id: 'wordpress',
  version: 3,
  candidates: { suffixes: ['.php'], accepts: (path) => PLUGIN.test(path) || CORE.test(path) },
  parse: (file) => (CORE.test(file.path) ? parseCore(file) : parsePlugin(file)),
};

function parseCore(file: LayerFile): FactContent {
  const [, version] = /^\$wp_version\s*=\s*'([^'\n]+)'/m.exec(headerOf(file)) ?? [];
  return version === undefined ? {} : { packages: [{ type: 'generic', name: 'wordpress', version }] };
}

/**
 * A plugin's main file begins with a comment that names it; other files of its directory do not.
 * Its directory is its name where plugins are published, or the file when it has none.
 * Source: the WordPress Plugin Handbook, "Header Requirements"; get_file_data().
 */
function parsePlugin(file: LayerFile): FactContent {
  const header = headerOf(file);
  const [, directory, name, always] = PLUGIN.exec(file.path) ?? [];
  if (field(header, 'Plugin Name') === undefined) return {};
  const license = field(header, 'License');
  const needed = (field(header, 'Requires Plugins') ?? '').split(',').map((one) => one.trim());
  return {
    packages: [
      {
        type: 'wordpress-plugin',
        name: directory ?? name ?? always ?? '',
        version: field(header, 'Version') ?? '',
        ...present({
          licenses: license === undefined ? undefined : [license],
          vendor: field(header, 'Author'),
          dependencies: filled(needed.filter((one) => one !== '')),
        }),
      },
    ],
  };
}

function headerOf(file: LayerFile): string {
  return new TextDecoder().decode(file.read(0, HEADER_BYTES)).replace(/\r\n?/g, '\n');
}

function field(header: string, name: string): string | undefined {
  const line = new RegExp(String.raw`^(?:[ \t]*<\?php)?[ \t/*#@]*${name}:(.*)$`, 'im').exec(header)?.[1];
  return line?.replace(/(?:\*\/|\?>).*/, '').trim() || undefined;
}
