import { Command, CommanderError } from 'commander';
import { addAgentCommand } from './commands/agent.ts';
import { addCertsCommand } from './commands/certs.ts';
import { addCollectorCommand } from './commands/collector.ts';
import { addFleetCommand } from './commands/fleet.ts';
import { addNodeCommand } from './commands/node.ts';
import { addScanCommand } from './commands/scan.ts';
import { addUpCommand } from './commands/up.ts';
import { EXIT, exitCodeOf, failureLine } from './failure.ts';
import { guardOutput } from './output/stdout.ts';
import { toolVersion } from './version.ts';

const program = new Command('tallyman')
  .description("Counts what is in every node's image cache, says what matters, and clears what nobody uses.")
  .version(toolVersion(), '-V, --version', 'Print the version')
  .helpOption('-h, --help', 'Print help')
  .configureOutput({ outputError: (text, write) => write(usageLine(text)) })
  .exitOverride();

guardOutput();

for (const add of [
  addUpCommand,
  addAgentCommand,
  addCollectorCommand,
  addCertsCommand,
  addNodeCommand,
  addScanCommand,
  addFleetCommand,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.stderr.write(`tallyman: ${failureLine(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** commander's `error: …`, whose suggestion stands on a line of its own, as one line of ours. */
function usageLine(text: string): string {
  return `tallyman: ${failureLine(new Error(text.replace(/^error: /, '')))}; --help says what there is\n`;
}
