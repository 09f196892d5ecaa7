import { Command, CommanderError } from 'commander';
import { addAgentCommand } from './commands/agent.ts';
import { addCertsCommand } from './commands/certs.ts';
import { addCollectorCommand } from './commands/collector.ts';
import { addFleetCommand } from './commands/fleet.ts';
import { addNodeCommand } from './commands/node.ts';
import { addScanCommand } from './commands/scan.ts';
import { addUpCommand } from './commands/up.ts';
import { EXIT, exitCodeOf } from './failure.ts';
import { toolVersion } from './version.ts';

const program = new Command('tallyman')
  .description("Counts what is in every node's image cache, says what matters, and clears what nobody uses.")
  .version(toolVersion(), '-V, --version', 'Print the version')
  .helpOption('-h, --help', 'Print help')
  .showHelpAfterError('(run it with --help for what there is)')
  .exitOverride();

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
    process.stderr.write(`tallyman: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
