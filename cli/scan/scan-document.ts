import { cycloneDx } from '../../core/sbom/cyclonedx.ts';
import { spdx } from '../../core/sbom/spdx.ts';
import { jsonText } from '../output/json.ts';
import type { TableOptions } from '../output/table.ts';
import { scanReport } from './report.ts';
import { reportText } from './report-text.ts';
import { sbomMaker, sbomSubject, type SbomMoment } from './sbom.ts';
import type { ScanFormat } from './scan-settings.ts';
import type { ScanResult } from './scan-result.ts';

export interface DocumentOptions {
  readonly moment: SbomMoment;
  readonly toolVersion: string;
  readonly table: TableOptions;
}

/** All of the document, with a newline at its end. */
export function scanDocument(format: ScanFormat, result: ScanResult, options: DocumentOptions): string {
  if (format === 'table') return reportText(result, options.table);
  if (format === 'json') return jsonText(scanReport(result));
  const subject = sbomSubject(result);
  const maker = sbomMaker(subject, options.moment, options.toolVersion);
  return jsonText(format === 'cyclonedx' ? cycloneDx(subject, maker) : spdx(subject, maker));
}
