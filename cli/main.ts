import { Command, CommanderError } from 'commander';
import { EXIT, exitCodeOf, failureLine } from './failure.ts';
import { guardOutput } from './output/stdout.ts';
import { toolVersion } from './version.ts';

/** Each loads only its own: an agent should not carry what the others need. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import('./commands/up.ts')).addUpCommand,
  agent: async () => (await import('./commands/agent.ts')).addAgentCommand,
  collector: async () => (await import('./commands/collector.ts')).addCollectorCommand,
  certs: async () => (await import('./commands/certs.ts')).addCertsCommand,
  enroll: async () => (await import('./commands/enroll.ts')).addEnrollCommand,
  node: async () => (await import('./commands/node.ts')).addNodeCommand,
  scan: async () => (await import('./commands/scan.ts')).addScanCommand,
  cleanup: async () => (await import('./commands/cleanup.ts')).addCleanupCommand,
  audit: async () => (await import('./commands/audit.ts')).addAuditCommand,
  keys: async () => (await import('./commands/keys.ts')).addKeysCommand,
  fleet: async () => (await import('./commands/fleet.ts')).addFleetCommand,
};

const program = new Command('tallyman')
  .description("Counts what is in every node's image cache, says what matters, and clears what nobody uses.")
  .version(toolVersion(), '-V, --version', 'Print the version')
  .helpOption('-h, --help', 'Print help')
  .configureOutput({ outputError: (text, write) => write(usageLine(text)) })
  .exitOverride();

guardOutput();

try {
  const named = COMMANDS[process.argv[2] ?? ''];
  for (const load of named === undefined ? Object.values(COMMANDS) : [named]) (await load())(program);
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
