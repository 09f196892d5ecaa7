import type { Classifier } from '../classifier.ts';
import { LANGUAGES } from './languages.ts';
import { LIBRARIES } from './libraries.ts';
import { MEDIA } from './media.ts';
import { NETWORK } from './network.ts';
import { SERVERS } from './servers.ts';
import { SYSTEM } from './system.ts';
import { TOOLS } from './tools.ts';

/** All that is told by text in programs and libraries. */
export const CLASSIFIERS: readonly Classifier[] = [
  ...LANGUAGES,
  ...SERVERS,
  ...TOOLS,
  ...SYSTEM,
  ...NETWORK,
  ...LIBRARIES,
  ...MEDIA,
];
