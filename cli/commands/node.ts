import type { Command } from 'commander';
import { EXIT, Failure } from '../failure.ts';

export function addNodeCommand(program: Command): void {
  program
    .command('node')
    .description('Look at this node, without a collector')
    .action(() => {
      throw new Failure(EXIT.failed, 'node is not part of this version yet');
    });
}
