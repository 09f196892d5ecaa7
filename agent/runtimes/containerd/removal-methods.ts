import { containerd, google } from '../../../proto/generated/containerd.js';
import { method } from './methods.ts';

const { images } = containerd.services;

/** Calls that change images. Nothing but `removal.ts` may have them. */
export const createImage = method(
  '/containerd.services.images.v1.Images/Create',
  images.v1.CreateImageRequest,
  images.v1.CreateImageResponse,
);
export const deleteImage = method(
  '/containerd.services.images.v1.Images/Delete',
  images.v1.DeleteImageRequest,
  google.protobuf.Empty,
);
