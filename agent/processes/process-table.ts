import { attribute } from '../../core/attribution.ts';
import type { Container, Process } from '../../core/inventory.ts';
import { listProcesses } from './list-processes.ts';
import type { ProcessListing } from './list-processes.ts';
import { mountsOf } from './node-view.ts';
import { NodeUsers } from './node-users.ts';

export interface ProcessTableOptions {
  /** Where the node's proc(5) is mounted. */
  readonly procRoot?: string;
  /** The node's passwd(5), when it is not to be found through the node's first process. */
  readonly passwd?: string;
  readonly maxProcesses?: number;
}

/** The node's processes and whose they are. */
export interface ProcessPass {
  readonly bootId: string;
  readonly processes: readonly Process[];
  /** Processes that ended while they were read: an outcome, not a fault. */
  readonly vanished: number;
  /** Sentences for `Host.limitations`. */
  readonly limitations: readonly string[];
}

/** Lists processes and attributes them. Keeps nothing between passes but the node's user names. */
export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #procRoot: string;

  #users: NodeUsers | undefined;

  constructor(options: ProcessTableOptions = {}) {
    this.#options = options;
    this.#procRoot = options.procRoot ?? '/proc';
  }

  /** One pass. Throws a ProcessError when there is no proc(5), or the signal's reason. */
  read(containers: readonly Container[], signal?: AbortSignal): ProcessPass {
    const { maxProcesses } = this.#options;
    const listing = listProcesses({
      procRoot: this.#procRoot,
      ...(maxProcesses === undefined ? {} : { maxProcesses }),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#users ??= new NodeUsers(this.#passwdPaths(listing));
    const users = this.#users;
    const named = users.refresh();
    return {
      bootId: listing.bootId,
      processes: attribute(listing.processes, containers, {
        cgroupRoot: listing.node.cgroupRoot,
        userName: (uid) => users.name(uid),
      }),
      vanished: listing.vanished,
      limitations: limitationsOf(listing, named),
    };
  }

  /** Our own passwd is the node's only when we see the node's mounts. */
  #passwdPaths(listing: ProcessListing): string[] {
    const { passwd } = this.#options;
    if (passwd !== undefined) return [passwd];
    const through = `${this.#procRoot}/1/root/etc/passwd`;
    return mountsOf(this.#procRoot, 'self', listing.node) === 'node' ? [through, '/etc/passwd'] : [through];
  }
}

function limitationsOf(listing: ProcessListing, named: boolean): string[] {
  const sentences: string[] = [];
  if (!listing.node.wholeNode) {
    sentences.push(
      "Not every process of the node is visible: give the agent the node's PID namespace (hostPID).",
    );
  }
  if (listing.node.cgroupRoot === 'unknown') {
    sentences.push(
      "Processes outside containers cannot be told for sure: give the agent the node's cgroup namespace.",
    );
  }
  if (listing.executablesDenied > 0) {
    sentences.push(
      `Executables of ${listing.executablesDenied} processes are unreadable: this needs CAP_SYS_PTRACE.`,
    );
  }
  if (listing.hidden > 0) {
    sentences.push(`${listing.hidden} processes are hidden: mount proc without hidepid, or run as root.`);
  }
  if (listing.omitted > 0) {
    sentences.push(`${listing.omitted} processes were left out: there are more than are read in one pass.`);
  }
  if (!named) {
    sentences.push("User names show as numbers: the node's passwd file cannot be read.");
  }
  return sentences;
}
