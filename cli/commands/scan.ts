import type { Command } from 'commander';
import { EXIT, Failure } from '../failure.ts';

export function addScanCommand(program: Command): void {
  program
    .command('scan <target>')
    .description('List the packages of an image or of an unpacked root')
    .action(() => {
      throw new Failure(EXIT.failed, 'scan is not part of this version yet');
    });
}
