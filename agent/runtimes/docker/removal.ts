import { parseReference } from '../../../core/cleanup/image-reference.ts';
import type { ImageName } from '../../../core/inventory.ts';
import type { NameRemoval, Removal, SavedName } from '../removal.ts';
import { dockerApi } from './api.ts';
import type { ImageDetails } from './api-types.ts';
import { readEach } from './each.ts';
import { engineAnswer } from './errors.ts';
import { dockerTransport } from './transport.ts';

export interface DockerRemovalOptions {
  /** Path of the unix socket, with or without `unix://`. */
  readonly address: string;
  /** For each question to the engine; 30 s when not given. */
  readonly timeoutMs?: number;
  /** For each removal, which ends when the layers are off the disk; 5 minutes when not given. */
  readonly removalTimeoutMs?: number;
}

/**
 * Removes names of Docker's images, one at a time and never by force, so that the engine's own refusals stand. An image
 * without names goes by its ID. Every removal is collected when it is answered, so `isLast` changes nothing.
 * - With the last tag of a repository its digest references go too; removing these then answers `gone`.
 * - The engine has no removal under a condition. An image's only tag is therefore removed by the image's ID, which cannot
 *   hit another image that was given the tag since we looked, and which the engine refuses when the image got another name.
 *   Of several names each goes by itself; one that is moved in the moment after our look is taken from the image that got it.
 *
 * Source: the Moby project, daemon/images/image_delete.go.
 */
export function dockerRemoval(options: DockerRemovalOptions): Removal {
  const address = options.address.replace(/^unix:\/\//, '');
  const api = dockerApi(address, options.timeoutMs ?? 30_000);
  const transport = dockerTransport(address, options.removalTimeoutMs ?? 300_000);

  /** The image when the name may go, else what keeps it from that. */
  async function look({ name, target }: ImageName, signal: AbortSignal): Promise<NameRemoval | ImageDetails> {
    const image = await api.image(name, signal);
    if (image === undefined) return { kind: 'gone' };
    if (image.Id !== target) return { kind: 'changed', target: image.Id };
    // By its ID the engine would take a name away that it got since.
    const [since] = name === target ? namesOf(image) : [];
    return since === undefined ? image : { kind: 'in-use', message: `image ${target} is ${since} now` };
  }

  async function save(names: readonly ImageName[], signal: AbortSignal): Promise<readonly SavedName[]> {
    const asked = await readEach(names, async (name): Promise<SavedName | undefined> => {
      const image = await api.image(name.name, signal);
      return image === undefined ? undefined : { ...name, target: image.Id };
    });
    const targets = [...new Set(names.map(({ target }) => target))];
    const others = await readEach(targets, async (target) => {
      const image = await api.image(target, signal);
      return (
        image &&
        namesOf(image).map((name): SavedName => ({ engine: 'docker', namespace: '', name, target: image.Id }))
      );
    });
    return [...new Map([...asked, ...others.flat()].map((one) => [one.name, one])).values()];
  }

  async function remove(name: SavedName, _isLast: boolean, signal: AbortSignal): Promise<NameRemoval> {
    const before = await look(name, signal);
    if ('kind' in before) return before;
    const what = isOnlyName(name.name, before) ? name.target : name.name;
    const path = `/images/${encodeURIComponent(what)}?`;
    const request = { path, method: 'DELETE', options: { force: false, noprune: false } } as const;
    try {
      await transport.call(`removing image ${name.name}`, request, signal);
      return { kind: 'removed' };
    } catch (error) {
      const answer = engineAnswer(error);
      if (answer?.status === 409) return { kind: 'in-use', message: answer.message };
      if (answer?.status === 404) return { kind: 'gone' };
      // So the engine fails when somebody else removes the image's last name at the same time.
      if (answer === undefined || !/unrecognized image ID/.test(answer.message)) throw error;
      const after = await look(name, signal);
      if ('kind' in after) return after;
      throw error;
    }
  }

  /** Digest references cannot be made: only a pull gives them. */
  async function giveBack(name: SavedName, signal: AbortSignal): Promise<ImageName | undefined> {
    const now = await api.image(name.name, signal);
    if (now !== undefined) return now.Id === name.target ? undefined : { ...name, target: now.Id };
    const { tag, digest } = parseReference(name.name) ?? {};
    if (tag === undefined || digest !== undefined) return name;
    if ((await api.image(name.target, signal)) === undefined) return name;
    const path = `/images/${encodeURIComponent(name.target)}/tag?`;
    const options = { repo: name.name.slice(0, -tag.length - 1), tag };
    await transport.call(`naming image ${name.name}`, { path, method: 'POST', options }, signal);
    return undefined;
  }

  return {
    id: 'docker',
    save,
    remove,
    giveBack: (names, signal) => readEach(names, (name) => giveBack(name, signal)),
    async close() {
      api.close();
      transport.close();
    },
  };
}

function namesOf({ RepoTags, RepoDigests }: ImageDetails): readonly string[] {
  return [...RepoTags, ...RepoDigests].filter((name) => !name.includes('<none>'));
}

/** Whether removing the image by its ID takes this name away, and nothing but its repository's digest references. */
function isOnlyName(name: string, image: ImageDetails): boolean {
  const names = namesOf(image);
  const tags = image.RepoTags.filter((tag) => names.includes(tag));
  const repositories = new Set(names.map((one) => parseReference(one)?.repository));
  return repositories.size === 1 && (tags.length === 1 ? tags[0] === name : names.length === 1);
}
