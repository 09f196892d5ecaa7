import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerRemoval } from '../../../agent/runtimes/docker/removal.ts';
import { dockerRuntime } from '../../../agent/runtimes/docker/docker-runtime.ts';
import { dockerArchive } from '../../../cli/demo/oci-image.ts';
import { writeTar } from '../../../cli/demo/tar-writer.ts';
import { startDockerd } from '../dockerd.ts';
import { startRegistry } from '../registry.ts';
import { runnableImage } from '../small-images.ts';
import { bytesOf } from './random.ts';
import type { ContainerState, World, WorldName } from './world.ts';

const SOURCES = 6;
const HEX = /^[0-9a-f]{64}$/;

/** Docker with images of a registry that share layers, by twos and all of them. */
export async function dockerWorld(): Promise<World> {
  const dockerd = await startDockerd();
  const registry = await startRegistry();
  const { client } = dockerd;
  const reader = dockerRuntime({ address: dockerd.address });
  const removal = dockerRemoval({ address: dockerd.address });
  const images = await Promise.all(
    Array.from({ length: SOURCES }, async (_, at) => {
      const shared = { path: `srv/shared-${at % 2}`, content: bytesOf(at % 2) };
      const layers = [[shared], [{ path: `srv/own-${at}`, content: bytesOf(100 + at) }]];
      return await runnableImage(layers, { compression: 'none' });
    }),
  );
  const pulled = images.map((image, at) => registry.add(`shop/app-${at}`, '1', image));
  const store = join(dockerd.root, 'data/image/overlay2');

  async function drained(stream: NodeJS.ReadableStream): Promise<void> {
    let last = '';
    for await (const chunk of stream) last = String(chunk);
    if (last.includes('"error"')) throw new Error(last);
  }

  return {
    engine: { id: 'docker', address: dockerd.address, reader, removal },
    namespaces: [''],
    sources: SOURCES,
    canRestore: false,
    canBuild: true,
    ways: ['name', 'id'],

    async names() {
      const list = await client.listImages({ all: true });
      const parents = new Set(list.map(({ ParentId }) => ParentId));
      return list.flatMap(({ Id, RepoTags, RepoDigests }) => {
        const given = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter(
          (name) => !name.includes('<none>'),
        );
        const own = given.length === 0 && !parents.has(Id) ? [Id] : given;
        return own.map((name): WorldName => ({
          ...{ engine: 'docker', namespace: '', name, target: Id, imageId: Id, isPinned: false },
        }));
      });
    },

    async pull(_, source) {
      await drained(await client.pull(pulled[source] ?? ''));
    },
    async load(_, source) {
      const image = images[source];
      if (image !== undefined) await dockerd.load(dockerArchive([{ image, names: [`loaded-${source}:1`] }]));
    },
    async tag({ name }, alias) {
      const [repo = '', tag = ''] = alias.split(':');
      await client.getImage(name).tag({ repo, tag });
    },
    async untag({ name }) {
      await client.getImage(name).remove({ force: false });
    },
    async build({ name }, tag) {
      const instructions = `FROM ${name}\nENV tag=${tag}\n`;
      const context = writeTar([{ path: 'Dockerfile', content: instructions }]);
      await drained(
        await client.buildImage(Buffer.from(context) as unknown as NodeJS.ReadableStream, { t: tag }),
      );
    },

    async create({ id, name, kind, by }) {
      const Labels = kind === 'sandbox' ? { 'io.kubernetes.docker.type': 'podsandbox' } : {};
      const Image = by === 'id' ? name.imageId : name.name;
      const Cmd = ['/bin/busybox', 'sleep', '1000'];
      const HostConfig = { NetworkMode: 'host', PidMode: 'host' };
      await client.createContainer({ name: id, Image, Entrypoint: [], Cmd, Labels, HostConfig });
    },
    start: async ({ id }) => void (await client.getContainer(id).start()),
    stop: async ({ id }) => void (await client.getContainer(id).kill()),
    remove: async ({ id }) => void (await client.getContainer(id).remove({ force: true })),
    async states() {
      const containers = await client.listContainers({ all: true });
      return new Map(
        containers.map(({ Names, State }) => [Names[0]?.slice(1) ?? '', State as ContainerState]),
      );
    },
    async verifyContainer({ id, imageId }) {
      const { Image, GraphDriver } = await client.getContainer(id).inspect();
      if (Image !== imageId) throw new Error(`${id} is of ${Image}`);
      await client.getImage(imageId).inspect();
      const layers = GraphDriver?.Data as Readonly<Record<string, string>> | undefined;
      const folders = [layers?.['UpperDir'] ?? '', ...(layers?.['LowerDir'] ?? '').split(':')];
      for (const folder of folders) if (!existsSync(folder)) throw new Error(`${id} lost ${folder}`);
    },
    verifyKept: async () => undefined,

    collect: async () => undefined,
    async space() {
      let [bytes, inodes] = [0, 0];
      for (const layer of await readdir(join(store, 'layerdb/sha256'))) {
        bytes += Number(await readFile(join(store, 'layerdb/sha256', layer, 'size'), 'utf8'));
      }
      for (const config of (await readdir(join(store, 'imagedb/content/sha256'))).filter((hex) =>
        HEX.test(hex),
      )) {
        bytes += (await stat(join(store, 'imagedb/content/sha256', config))).size;
      }
      inodes = 0;
      return { bytes, inodes };
    },
    async crash() {
      await dockerd.kill();
      await dockerd.restart();
    },
    quarantines: async () => [],
    async end() {
      await Promise.all([reader.close(), removal.close()]);
      await registry.stop();
      await dockerd.stop();
    },
  };
}
