import type { OsRelease } from '../../core/facts.ts';
import type { tallyman } from '../generated/tallyman.js';
import { optionalText, present, text } from './fields.ts';

export function releaseMessage(release: OsRelease): tallyman.v1.OsRelease.$Properties {
  return { ...release, idLike: [...release.idLike] };
}

export function releaseOf(message: tallyman.v1.OsRelease.$Properties): OsRelease {
  return present({
    id: text(message.id),
    idLike: message.idLike ?? [],
    versionId: optionalText(message.versionId),
    versionCodename: optionalText(message.versionCodename),
    prettyName: optionalText(message.prettyName),
    variantId: optionalText(message.variantId),
    cpeName: optionalText(message.cpeName),
  });
}
