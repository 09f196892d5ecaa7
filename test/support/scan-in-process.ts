import type { ScanOptions } from '../../cli/scan/scan-options.ts';
import { scanReport, type ScanReport } from '../../cli/scan/report.ts';
import { scanTarget } from '../../cli/scan/scan-target.ts';
import { parseTarget } from '../../cli/scan/target.ts';

/** What `tallyman scan TARGET --format json` gives, without the cost of a process. */
export async function scanInProcess(target: string, options: Partial<ScanOptions> = {}): Promise<ScanReport> {
  const all = { containerdAddress: 'none', dockerAddress: 'none', ...options };
  return scanReport(
    await scanTarget(parseTarget(target), all, () => undefined, new AbortController().signal),
  );
}
