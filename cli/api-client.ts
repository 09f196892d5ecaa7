import { EXIT, Failure } from './failure.ts';

const TIMEOUT_MS = 30_000;
const PAGE_LIMIT = 500;
/** The collector is closing or lacks its database, or whoever stands before it does not reach it. */
const AWAY: readonly number[] = [502, 503, 504];

type Query = Readonly<Record<string, string | number | undefined>>;

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Speaks to a collector's HTTP API. Every failure is a Failure that says what to do. */
export class ApiClient {
  readonly #base: string;
  readonly #token: string | undefined;

  /** `base`: such as `http://127.0.0.1:7480`. */
  constructor(base: string, token?: string) {
    this.#base = base.replace(/\/+$/, '');
    this.#token = token;
  }

  /** `path` below `/api/v1/`, without a slash before it. */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return await this.#ask<T>('GET', path, query);
  }

  /** Orders something; `body` is what the API's document says. */
  async send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body: object | Query): Promise<T> {
    return method === 'DELETE'
      ? await this.#ask<T>(method, path, body as Query)
      : await this.#ask<T>(method, path, {}, JSON.stringify(body));
  }

  async #ask<T>(method: string, path: string, query: Query, body?: string): Promise<T> {
    const url = new URL(`${this.#base}/api/v1/${path}`);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, String(value));
    const response = await fetch(url, {
      method,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new Failure(
        EXIT.unreachable,
        `no collector answers at ${this.#base} (${reason(error)}); start one, or give --api`,
        error,
      );
    });
    if (response.status === 401) throw this.#denied();
    if (!response.ok) throw await refusal(response);
    return (await response.json().catch((error: unknown) => {
      throw new Failure(EXIT.failed, `what answers at ${this.#base} is no collector: it sent no JSON`, error);
    })) as T;
  }

  #denied(): Failure {
    const wants = this.#token === undefined ? 'wants an API token' : 'refuses this API token';
    return new Failure(
      EXIT.denied,
      `the collector at ${this.#base} ${wants}; give it in TALLYMAN_API_TOKEN or with --api-token-file`,
    );
  }

  /** All items of a paged list. */
  async all<T>(path: string, query: Query = {}): Promise<readonly T[]> {
    return (await this.list<T>(path, query, Infinity)).items;
  }

  /** At most `most` items of a paged list, after `cursor`; `next` when there are more. */
  async list<T>(path: string, query: Query, most: number, cursor?: string): Promise<Page<T>> {
    const items: T[] = [];
    let next = cursor;
    do {
      const limit = Math.min(PAGE_LIMIT, most - items.length);
      const page: Page<T> = await this.get(path, { ...query, cursor: next, limit });
      items.push(...page.items);
      next = page.next;
    } while (next !== undefined && items.length < most);
    return { items, ...(next !== undefined && { next }) };
  }
}

async function refusal(response: Response): Promise<Failure> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
  const said = problem.detail ?? problem.title ?? `the collector answered ${response.status}`;
  if (response.status === 403) return new Failure(EXIT.denied, said);
  if (response.status === 404) return new Failure(EXIT.notFound, said);
  if (response.status === 409) return new Failure(EXIT.failed, said);
  if (AWAY.includes(response.status)) return new Failure(EXIT.unreachable, said);
  return new Failure(response.status < 500 ? EXIT.usage : EXIT.failed, said);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
