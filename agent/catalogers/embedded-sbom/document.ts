/** What an SBOM says of one component that has a purl. */
export interface SbomComponent {
  /** By which the document's relations name it; empty when it has no name there. */
  readonly ref: string;
  readonly purl: string;
  readonly licenses: readonly string[];
  /** What the whole document is about. */
  readonly isSubject: boolean;
}

/** An SBOM of either standard, as far as it matters here. */
export interface SbomDocument {
  readonly components: readonly SbomComponent[];
  /** `[a, b]`: a depends on b, by their references. */
  readonly dependencies: readonly (readonly [string, string])[];
}
