import { sbomMoment } from '../../cli/scan/sbom.ts';
import { scanReport, type ScanReport } from '../../cli/scan/report.ts';
import { scanDocument } from '../../cli/scan/scan-document.ts';
import type { ScanOptions } from '../../cli/scan/scan-options.ts';
import type { ScanResult } from '../../cli/scan/scan-result.ts';
import type { ScanFormat } from '../../cli/scan/scan-settings.ts';
import { scanTarget } from '../../cli/scan/scan-target.ts';
import { parseTarget } from '../../cli/scan/target.ts';

/** What `tallyman scan TARGET --format json` gives, without the cost of a process. */
export async function scanInProcess(target: string, options: Partial<ScanOptions> = {}): Promise<ScanReport> {
  return scanReport(await scan(target, options));
}

/** What `tallyman scan TARGET --format FORMAT` prints. */
export async function scanDocumentInProcess(target: string, format: ScanFormat): Promise<string> {
  const moment = sbomMoment(Date.now(), undefined);
  return scanDocument(format, await scan(target, {}), { moment, toolVersion: '0.0.0', table: {} });
}

async function scan(target: string, options: Partial<ScanOptions>): Promise<ScanResult> {
  const all = { containerdAddress: 'none', dockerAddress: 'none', ...options };
  return await scanTarget(parseTarget(target), all, () => undefined, new AbortController().signal);
}
