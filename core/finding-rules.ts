/** What may be found in a file besides packages. docs/findings.md says what each rule means. */
export const FINDING_RULES = [
  'credential-file',
  'empty-password',
  'package-manager',
  'password-hash',
  'private-key',
  'setgid-file',
  'setuid-file',
  'shell',
  'world-writable-executable',
] as const;

export type FindingRule = (typeof FINDING_RULES)[number];
