import { readFile } from 'node:fs/promises';
import type { Settings } from '../../platform/config.ts';
import { ApiClient } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import type { fleetSettings } from './fleet-settings.ts';
import { errorMessage } from '../../platform/error-message.ts';

/** A client for the collector that the settings name. Throws a Failure when they name none. */
export async function openCollector(
  settings: Pick<Settings<typeof fleetSettings>, 'api' | 'apiToken' | 'apiTokenFile'>,
): Promise<ApiClient> {
  const { api, apiToken, apiTokenFile } = settings;
  const protocol = URL.canParse(api) ? new URL(api).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new Failure(EXIT.usage, `api is "${api}"; it must be a URL such as http://127.0.0.1:7480`);
  }
  const token = apiTokenFile === undefined ? apiToken : await tokenIn(apiTokenFile);
  return new ApiClient(api, token);
}

async function tokenIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Failure(EXIT.usage, `api-token-file cannot be read: ${errorMessage(error)}`, error);
  });
  const token = text.trim();
  // Header values are visible ASCII (RFC 9110, section 5.5); a token with a line break is a wrong file.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure(EXIT.usage, `api-token-file is ${path}, which does not hold one token on one line`);
}
