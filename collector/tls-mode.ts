import { ConfigError } from '../platform/config-error.ts';
import { environmentName, settingName, type Settings } from '../platform/config.ts';
import type { TlsMode } from '../platform/tls.ts';
import type { collectorSettings } from './settings.ts';

type TlsSettings = Pick<Settings<typeof collectorSettings>, 'insecure' | 'tlsCa' | 'tlsCert' | 'tlsKey'>;

/** How agents prove who they are. Throws a ConfigError that names what is missing. */
export function tlsModeOf({ insecure, tlsCa, tlsCert, tlsKey }: TlsSettings): TlsMode {
  if (tlsCa !== undefined && tlsCert !== undefined && tlsKey !== undefined) {
    return { kind: 'mutual', files: { caFile: tlsCa, certFile: tlsCert, keyFile: tlsKey } };
  }
  const given = { tlsCa, tlsCert, tlsKey };
  const missing = Object.entries(given).filter(([, path]) => path === undefined);
  if (insecure && missing.length === 3) return { kind: 'insecure' };
  const names = missing.map(([key]) => `${settingName(key)} (${environmentName(key)})`).join(', ');
  throw new ConfigError(
    'missing',
    `agents are known by their certificates, and these are not set: ${names}; 'tallyman certs' makes a set to try`,
  );
}
