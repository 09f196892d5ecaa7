import { libraries } from '../classifier.ts';
import type { Classifier } from '../classifier.ts';

/** Libraries that read pictures, films and documents, which come from strangers. */
export const MEDIA: readonly Classifier[] = [
  {
    name: 'libvpx',
    ...libraries('libvpx'),
    versions: [
      { anchor: 'WebM Project VP8 Decoder v', pattern: /WebM Project VP8 Decoder v(\d+\.\d+\.\d+)[-\x00]/ },
    ],
  },
  {
    name: 'libaom',
    ...libraries('libaom'),
    versions: [
      {
        anchor: 'AOMedia Project AV1 Decoder v',
        pattern: /AOMedia Project AV1 Decoder v(\d+\.\d+\.\d+)[-\x00]/,
      },
    ],
  },
  {
    name: 'dav1d',
    ...libraries('libdav1d'),
    versions: [{ anchor: '1.', pattern: /\x00(1\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libde265',
    ...libraries('libde265'),
    versions: [{ anchor: '1.0.', pattern: /\x00(1\.0\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'libavif',
    ...libraries('libavif'),
    versions: ['0', '1'].map((major) => ({
      anchor: `\x00${major}.`,
      pattern: /\x00([01]\.\d+\.\d+)\x00YUV/,
    })),
  },
  {
    name: 'openjpeg',
    ...libraries('libopenjp2'),
    versions: [{ anchor: '2.', pattern: /\x00(2\.\d+\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'exiv2',
    ...libraries('libexiv2'),
    versions: [{ anchor: '0.2', pattern: /\x00(0\.2\d\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'poppler',
    ...libraries('libpoppler'),
    versions: [{ anchor: '\x002', pattern: /\x00(2\d\.\d\d\.\d+)\x00/, isOnlyOne: true }],
  },
  {
    name: 'gstreamer',
    ...libraries('libgstreamer-1.0'),
    versions: [{ anchor: 'gst/gst.c\x00', pattern: /gst\/gst\.c\x00(1\.\d+\.\d+)\x00/ }],
  },
  {
    name: 'file',
    ...libraries('libmagic'),
    versions: [{ anchor: '5.', pattern: /\x00(5\.\d\d)\x00/, isOnlyOne: true }],
  },
];
