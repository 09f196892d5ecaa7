import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../../cli/api-client.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import type { TlsMode } from '../../platform/tls.ts';
import { TALLYMAN } from './cli.ts';
import { end, isAlive, launch } from './daemon.ts';
import { freePorts } from './free-port.ts';

export const FAULT_NODE = 'node-of-faults';
export const HOSTILE_NODE = 'node-taken-over';
const DAY_MS = 86_400_000;
/** An agent with an empty memory, which tells what the others should have told. */
export const FRESH_NODE = 'node-untouched';

/** `tallyman agent` or `tallyman collector` in a process of its own, which may end and begin again. */
export interface Program {
  start(): Promise<void>;
  /** Ends it, by SIGTERM or as told. */
  end(signal?: NodeJS.Signals): Promise<void>;
  readonly isAlive: boolean;
  /** Resident memory, bytes; 0 when it does not run. */
  memory(): number;
  /** What it logged, all of its lives. */
  log(): readonly Readonly<Record<string, unknown>>[];
}

/** Folders, certificates and programs of one test; `stop` ends and removes all. */
export interface FaultBench {
  readonly folder: string;
  /** `command`: what to run in the place of `tallyman collector`. `environment`, here and below, is added to the test's own. */
  collector(
    name: string,
    flags?: readonly string[],
    options?: { readonly command?: readonly string[]; readonly environment?: readonly string[] },
  ): Promise<CollectorProgram>;
  agent(
    name: string,
    collectorPort: number,
    flags?: readonly string[],
    environment?: readonly string[],
  ): AgentProgram;
  /** Flags that make an agent that of another node. */
  asNode(node: string): readonly string[];
  /** The certificates of a node, or of `collector`. */
  tls(name: string): Extract<TlsMode, { kind: 'mutual' }>;
  /** Puts a file system of its own, in memory, at a folder. `size`: such as `4m`. */
  smallDisk(folder: string, size: string): void;
  stop(): Promise<void>;
}

export interface AgentProgram extends Program {
  readonly stateDir: string;
}

export interface CollectorProgram extends Program {
  readonly grpcPort: number;
  readonly api: ApiClient;
  /** `host:port` of its HTTP API. */
  readonly httpAddress: string;
  readonly dataDir: string;
}

/** `nodes`: those that certificates are made for, beside `FRESH_NODE`. */
export async function faultBench(nodes: readonly string[] = [FAULT_NODE, HOSTILE_NODE]): Promise<FaultBench> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-faults-'));
  const certificates = join(folder, 'certs');
  await createDevelopmentCertificates(certificates, {
    nodes: [...nodes, FRESH_NODE],
    serverNames: ['127.0.0.1', 'localhost'],
    // As those of most nodes, older than any clock here is set back.
    now: Date.now() - DAY_MS,
  });
  const programs: Program[] = [];
  const disks: string[] = [];

  function tls(name: string): string[] {
    const files = { ca: 'ca.crt', cert: `${name}.crt`, key: `${name}.key` };
    return Object.entries(files).flatMap(([flag, file]) => [`--tls-${flag}`, join(certificates, file)]);
  }

  function keep<T extends Program>(program: T): T {
    programs.push(program);
    return program;
  }

  return {
    folder,
    async collector(name, flags = [], { command = [TALLYMAN, 'collector'], environment } = {}) {
      const dataDir = join(folder, name);
      mkdirSync(dataDir, { recursive: true });
      // The same when it starts anew.
      const [grpcPort = 0, httpPort = 0] = await freePorts(2);
      const httpAddress = `127.0.0.1:${httpPort}`;
      const args = [
        ...command,
        '--data-dir',
        dataDir,
        '--beat-interval',
        '1s',
        ...tls('collector'),
        ...flags,
        ...['--grpc-listen', `127.0.0.1:${grpcPort}`, '--http-listen', httpAddress],
      ];
      const program = keep(programOf(join(folder, `${name}.log`), () => args, environment));
      await program.start();
      await eventuallyIn(program, 'collector is ready');
      const api = new ApiClient(`http://${httpAddress}`);
      return Object.assign(program, { grpcPort, api, httpAddress, dataDir });
    },
    agent(name, collectorPort, flags = [], environment = []) {
      const stateDir = join(folder, name);
      const args = [
        ...[TALLYMAN, 'agent', '--node', FAULT_NODE, '--collector', `127.0.0.1:${collectorPort}`],
        ...['--state-dir', stateDir, '--metrics-listen', '127.0.0.1:0', '--docker-address', 'none'],
        // The machine may be as busy as it likes.
        ...['--process-interval', '1s', '--scan-memory-pressure', '100', '--scan-io-pressure', '100'],
        ...['--scan-cpu', '1'],
        ...tls(FAULT_NODE),
        ...flags,
      ];
      return keep(
        Object.assign(
          programOf(join(folder, `${name}.log`), () => args, environment),
          { stateDir },
        ),
      );
    },
    asNode: (node) => ['--node', node, ...tls(node)],
    tls: (name) => ({
      kind: 'mutual',
      files: {
        caFile: join(certificates, 'ca.crt'),
        certFile: join(certificates, `${name}.crt`),
        keyFile: join(certificates, `${name}.key`),
      },
    }),
    smallDisk(place, size) {
      mkdirSync(place, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tallyman-test', place]);
      disks.push(place);
    },
    async stop() {
      for (const program of programs.toReversed()) await program.end('SIGKILL');
      for (const disk of disks) execFileSync('umount', [disk]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function programOf(
  logFile: string,
  args: () => readonly string[],
  environment: readonly string[] = [],
): Program {
  let child: ChildProcess | undefined;
  return {
    async start() {
      child = launch(logFile, 'env', [...environment, ...args()]);
      await sleep(0);
    },
    async end(signal) {
      await end(child, signal);
    },
    get isAlive() {
      return child !== undefined && isAlive(child);
    },
    memory() {
      if (child === undefined || !isAlive(child)) return 0;
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    },
    log() {
      const lines = readFileSync(logFile, 'utf8').split('\n');
      return lines.flatMap((line) => (line.startsWith('{') ? [parsed(line)] : []));
    },
  };
}

/** A line may be half written when its program is killed. */
function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return { message: line };
  }
}

/** The last line of the log that says so. */
async function eventuallyIn(program: Program, message: string): Promise<Readonly<Record<string, unknown>>> {
  for (let tries = 0; tries < 2400; tries += 1) {
    const line = program.log().findLast((one) => one['message'] === message);
    if (line !== undefined) return line;
    if (!program.isAlive) break;
    await sleep(50);
  }
  throw new Error(`it never said ${JSON.stringify(message)}: ${JSON.stringify(program.log().slice(-5))}`);
}
