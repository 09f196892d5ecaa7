import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BuiltImage } from '../../cli/demo/oci-image.ts';

/** A registry on the loopback that images can be pulled from. Source: OCI distribution-spec, "Pull". */
export interface TestRegistry {
  /** `127.0.0.1:<port>`: what names of its images begin with. */
  readonly host: string;
  /** Offers an image; answers its name, such as `127.0.0.1:40001/shop/web:1`. */
  add(repository: string, tag: string, image: BuiltImage): string;
  /** Paths that were asked for, with their methods. */
  readonly requests: readonly string[];
  /** Is asked before every blob is sent; what it answers is waited for. */
  beforeBlob: (digest: string) => Promise<void>;
  stop(): Promise<void>;
}

interface Document {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

const BLOB = 'application/octet-stream';

export async function startRegistry(): Promise<TestRegistry> {
  /** By `repository reference`. */
  const manifests = new Map<string, Document>();
  const blobs = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://registry').pathname);
    if (path === '/v2/' || path === '/v2') return void response.writeHead(200).end('{}');
    const [, repository, kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const found =
      kind === 'manifests' ? manifests.get(`${repository} ${reference}`) : blobOf(blobs, reference);
    if (found === undefined) {
      const code = kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN';
      return void response.writeHead(404).end(JSON.stringify({ errors: [{ code }] }));
    }
    if (kind === 'blobs') await registry.beforeBlob(found.digest);
    response.writeHead(200, {
      'content-type': found.mediaType,
      'content-length': found.bytes.length,
      'docker-content-digest': found.digest,
    });
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registry: TestRegistry = {
    host: `127.0.0.1:${port}`,
    add(repository, tag, image) {
      for (const [digest, bytes] of image.blobs) {
        blobs.set(digest, bytes);
        // An index refers to its manifests by digest.
        const document = { mediaType: mediaTypeOf(image, digest, bytes), digest, bytes };
        if (document.mediaType !== BLOB) manifests.set(`${repository} ${digest}`, document);
        if (digest === image.manifest.digest) manifests.set(`${repository} ${tag}`, document);
      }
      return `${registry.host}/${repository}:${tag}`;
    },
    requests,
    beforeBlob: async () => undefined,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return registry;
}

function blobOf(blobs: ReadonlyMap<string, Buffer>, digest: string): Document | undefined {
  const bytes = blobs.get(digest);
  return bytes && { mediaType: BLOB, digest, bytes };
}

function mediaTypeOf(image: BuiltImage, digest: string, bytes: Buffer): string {
  if (digest === image.manifest.digest) return image.manifest.mediaType;
  if (bytes[0] !== '{'.charCodeAt(0)) return BLOB;
  const { mediaType } = JSON.parse(bytes.toString()) as { readonly mediaType?: string };
  return mediaType ?? BLOB;
}
