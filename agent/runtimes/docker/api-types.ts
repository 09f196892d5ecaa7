import * as v from 'valibot';

// Only what we use of the Docker Engine API's answers, for API 1.41 (Docker 20.10) and later.
// Source: the API's own reference (api/swagger.yaml of the Moby project). Lists that are empty come as null.

const text = v.nullish(v.string(), '');
const texts = v.nullish(v.array(v.string()), () => []);
const labels = v.nullish(v.record(v.string(), v.string()), () => ({}));

/** `GET /info`. */
export const engineInfo = v.object({
  ServerVersion: text,
  Driver: text,
  /** The engine's folder, as the engine sees it. */
  DockerRootDir: text,
  /** The engine's clock, RFC 3339. */
  SystemTime: text,
  /** Pairs; `driver-type` is there when images are kept in containerd. */
  DriverStatus: v.nullish(v.array(v.array(v.string()))),
  /** `ControlAvailable`: it is a manager of a swarm. */
  Swarm: v.nullish(v.object({ ControlAvailable: v.nullish(v.boolean(), false) })),
});
export type EngineInfo = v.InferOutput<typeof engineInfo>;

/** One item of `GET /images/json`. */
export const imageSummary = v.object({
  Id: v.string(),
  /** The image that a build without BuildKit made this one from. */
  ParentId: text,
  RepoTags: texts,
  RepoDigests: texts,
  /** Bytes. */
  Size: v.number(),
});
export type ImageSummary = v.InferOutput<typeof imageSummary>;

const descriptor = v.object({
  digest: text,
  annotations: labels,
});

const graphDriver = v.object({
  Name: text,
  Data: labels,
});

/** `GET /images/{id}/json`. */
export const imageDetails = v.object({
  Id: v.string(),
  RepoTags: texts,
  RepoDigests: texts,
  Os: text,
  Architecture: text,
  Variant: text,
  /** RFC 3339; empty or year 1 when the image does not say. */
  Created: text,
  Config: v.nullish(v.object({ Labels: labels })),
  RootFS: v.nullish(v.object({ Layers: texts })),
  GraphDriver: v.nullish(graphDriver),
  /** Since API 1.48, and only with images kept in containerd. */
  Descriptor: v.nullish(descriptor),
});
export type ImageDetails = v.InferOutput<typeof imageDetails>;

/** One item of `GET /containers/json`. */
export const containerSummary = v.object({
  Id: v.string(),
  Names: texts,
  /** What the container was made from, or the image's ID when that name points elsewhere by now. */
  Image: text,
  ImageID: text,
  State: text,
  /** Seconds since the epoch. */
  Created: v.number(),
  Labels: labels,
  /** `Type` is `image` for a mounted image, since API 1.48. */
  Mounts: v.nullish(v.array(v.object({ Type: text })), () => []),
  /** Since API 1.48, and only with images kept in containerd: the platform's manifest. */
  ImageManifestDescriptor: v.nullish(v.object({ digest: text })),
});
export type ContainerSummary = v.InferOutput<typeof containerSummary>;

/** `GET /containers/{id}/json`. */
export const containerDetails = v.object({
  Id: v.string(),
  State: v.nullish(v.object({ Status: text, Pid: v.nullish(v.number(), 0) })),
  Config: v.nullish(v.object({ Image: text })),
  HostConfig: v.nullish(
    v.object({
      Privileged: v.nullish(v.boolean(), false),
      /** As asked for: the `Source` of a mounted image is what its user called it. */
      Mounts: v.nullish(v.array(v.object({ Type: text, Source: text })), () => []),
    }),
  ),
});
export type ContainerDetails = v.InferOutput<typeof containerDetails>;

/** One item of `GET /services`, of a swarm's manager. */
export const serviceSummary = v.object({
  ID: v.string(),
  Spec: v.nullish(
    v.object({
      Name: text,
      /** `Image`: by name and digest, as its tasks are to be made from. */
      TaskTemplate: v.nullish(v.object({ ContainerSpec: v.nullish(v.object({ Image: text })) })),
    }),
  ),
});
export type ServiceSummary = v.InferOutput<typeof serviceSummary>;

/** One item of `GET /images/{id}/history`: of an instruction that made no layer, `Size` is 0. */
const historyItem = v.object({ Size: v.number() });
export type HistoryItem = v.InferOutput<typeof historyItem>;
export const imageHistory = v.array(historyItem);

/** One line of `GET /events`. */
export const engineEvent = v.object({
  Type: v.string(),
  Action: v.string(),
  Actor: v.nullish(v.object({ ID: text })),
});
