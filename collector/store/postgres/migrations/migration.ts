/** One step of the schema. Steps are never edited once released; a change is a new step. */
export interface Migration {
  /** Counts up by one from 1; kept in `schema_version`. */
  readonly version: number;
  readonly sql: string;
}
