import { EXIT, Failure } from '../failure.ts';
import { shortDigest } from '../output/text.ts';
import { findImage, type NamedImage } from './image-names.ts';

/** The image that a name means among those that `holder` has. Throws a Failure that says which there are. */
export function chooseImage<I extends NamedImage>(query: string, images: readonly I[], holder: string): I {
  const search = findImage(query, images);
  switch (search.kind) {
    case 'found':
      return search.image;
    case 'none': {
      const near = search.near.length === 0 ? '' : `; did you mean ${search.near.join(' or ')}?`;
      throw new Failure(EXIT.notFound, `${holder} has no image "${query}"${near}`);
    }
    case 'ambiguous': {
      const found = search.images.map(
        (image) => `${shortDigest(image.imageId)} (${image.names[0]?.name ?? 'no name'})`,
      );
      throw new Failure(EXIT.usage, `"${query}" is more than one image of ${holder}: ${found.join(', ')}`);
    }
  }
}
