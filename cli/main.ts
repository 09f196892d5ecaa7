import { Command, CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './failure.ts';
import { toolVersion } from './version.ts';

/** Each loads only its own: an agent should not carry what the others need. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import('./commands/up.ts')).addUpCommand,
  agent: async () => (await import('./commands/agent.ts')).addAgentCommand,
  collector: async () => (await import('./commands/collector.ts')).addCollectorCommand,
  certs: async () => (await import('./commands/certs.ts')).addCertsCommand,
  node: async () => (await import('./commands/node.ts')).addNodeCommand,
  scan: async () => (await import('./commands/scan.ts')).addScanCommand,
  fleet: async () => (await import('./commands/fleet.ts')).addFleetCommand,
};

const program = new Command('tallyman')
  .description("Counts what is in every node's image cache, says what matters, and clears what nobody uses.")
  .version(toolVersion(), '-V, --version', 'Print the version')
  .helpOption('-h, --help', 'Print help')
  .showHelpAfterError('(run it with --help for what there is)')
  .exitOverride();

try {
  const named = COMMANDS[process.argv[2] ?? ''];
  for (const load of named === undefined ? Object.values(COMMANDS) : [named]) (await load())(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.stderr.write(`tallyman: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
