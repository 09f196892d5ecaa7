import type { Survey } from './comparison.ts';
import { surveyGo } from './language-go.ts';
import { surveyJava } from './language-java.ts';
import { surveyNpm } from './language-npm.ts';
import { surveyPhp } from './language-php.ts';
import { surveyPython } from './language-python.ts';
import { surveyR } from './language-r.ts';
import { surveyRuby } from './language-ruby.ts';
import { surveyDpkg } from './os-dpkg.ts';
import { surveyNix } from './os-nix.ts';
import { surveyPacman } from './os-pacman.ts';
import { surveyOsRelease } from './os-release.ts';
import { surveyRpm } from './os-rpm.ts';
import { surveyWritten } from './os-written.ts';

/** Every ecosystem that can be held against its own tool here, by the name to ask for it. */
export const SURVEYS: Readonly<Record<string, Survey>> = {
  dpkg: surveyDpkg,
  rpm: surveyRpm,
  pacman: surveyPacman,
  nix: surveyNix,
  'os-release': surveyOsRelease,
  written: surveyWritten,
  npm: surveyNpm,
  python: surveyPython,
  ruby: surveyRuby,
  php: surveyPhp,
  java: surveyJava,
  go: surveyGo,
  r: surveyR,
};
