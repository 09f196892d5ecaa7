import type { Survey } from './comparison.ts';
import { surveyDpkg } from './os-dpkg.ts';
import { surveyRpm } from './os-rpm.ts';

/** Every ecosystem that can be held against its own tool here, by the name to ask for it. */
export const SURVEYS: Readonly<Record<string, Survey>> = {
  dpkg: surveyDpkg,
  rpm: surveyRpm,
};
