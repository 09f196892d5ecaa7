import {
  MERGE_VERSION,
  type Composition,
  type FactRef,
  type LayerBuild,
  type PackageLicenses,
  type PackageOrigin,
} from '../../core/composition.ts';
import { PACKAGE_TYPES } from '../../core/package-types.ts';
import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { optionalText, present, text, word } from './fields.ts';
import { releaseMessage, releaseOf } from './release.ts';
import { textWriter } from './text-writer.ts';
import { WireError } from './wire-error.ts';

const MAX_FIELDS = 1_000_000;

export function encodeComposition(key: string, composition: Composition): Uint8Array {
  const message = present({
    key,
    diffIds: [...composition.diffIds],
    release: composition.release && releaseMessage(composition.release),
    visible: [...composition.visible],
    owned: [...composition.owned],
    introduced: [...composition.introduced],
    deletedDatabases: [...composition.deletedDatabases],
    opaqueBlind: composition.opaqueBlind,
    licenses: composition.licenses?.map((one) => ({ ...one, licenses: [...one.licenses] })),
    builds: composition.builds?.map(buildMessage),
    superseded: composition.superseded && [...composition.superseded],
    mergeVersion: MERGE_VERSION,
  });
  return tallyman.v1.Composition.encode(message, textWriter()).finish();
}

/**
 * With the version of the rules that it was merged by, which need not be ours.
 * Throws a WireError: not the message, another composition, or layers that it does not have.
 */
export function decodeComposition(
  key: string,
  bytes: Uint8Array,
): { readonly composition: Composition; readonly mergeVersion: number } {
  const message = decodeBounded(tallyman.v1.Composition, bytes, MAX_FIELDS);
  if (message.key !== key) throw new WireError('mismatch', `this is not composition ${key}`);
  const layers = message.diffIds.length;
  const refOf = (ref: tallyman.v1.FactRef.$Properties | null | undefined): FactRef => factRef(ref, layers);
  const composition = present({
    diffIds: message.diffIds,
    release: message.release ? releaseOf(message.release) : undefined,
    visible: message.visible.map(refOf),
    owned: message.owned.map(refOf),
    introduced: message.introduced.map((origin): PackageOrigin => {
      const layer = layerIn(origin.layer, layers);
      return { ref: refOf(origin.ref), package: text(origin.package), layer };
    }),
    deletedDatabases: message.deletedDatabases.map((deleted) => ({
      ref: refOf(deleted.ref),
      layer: layerIn(deleted.layer, layers),
    })),
    opaqueBlind: message.opaqueBlind,
    licenses: message.licenses.length > 0 ? message.licenses.map(licensesOf) : undefined,
    superseded:
      message.superseded.length > 0
        ? message.superseded.map((one) => ({ ref: refOf(one.ref), package: text(one.package) }))
        : undefined,
    builds: message.builds.length > 0 ? message.builds.map((build) => buildOf(build, layers)) : undefined,
  });
  return { composition, mergeVersion: message.mergeVersion };
}

function licensesOf(message: tallyman.v1.PackageLicenses.$Properties): PackageLicenses {
  const type = word(PACKAGE_TYPES, message.type, 'type of package');
  return { type, name: text(message.name), licenses: message.licenses ?? [] };
}

function buildMessage({ contentSets, ...build }: LayerBuild): tallyman.v1.LayerBuild.$Properties {
  return { ...build, contentSets: [...(contentSets ?? [])] };
}

function buildOf(message: tallyman.v1.LayerBuild.$Properties, layers: number): LayerBuild {
  return present({
    layer: layerIn(message.layer, layers),
    contentSets: message.contentSets?.length ? message.contentSets : undefined,
    nvr: optionalText(message.nvr),
    architecture: optionalText(message.architecture),
    cpe: optionalText(message.cpe),
  });
}

function factRef(ref: tallyman.v1.FactRef.$Properties | null | undefined, layers: number): FactRef {
  if (!ref) throw new WireError('malformed', 'a fact is referred to by nothing');
  return { layer: layerIn(ref.layer, layers), cataloger: text(ref.cataloger), path: text(ref.path) };
}

function layerIn(layer: number | null | undefined, layers: number): number {
  const number = layer ?? 0;
  if (number >= layers) throw new WireError('malformed', `layer ${number} of ${layers} does not exist`);
  return number;
}
