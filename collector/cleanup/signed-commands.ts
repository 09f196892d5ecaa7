import { decodeCommand, type Command, type CommandAction } from '../../proto/codec/command.ts';
import { FleetCleanupError } from './fleet-cleanup-error.ts';

/** What a signed command must say to be the one that is meant. */
export interface MeantCommand {
  readonly id: string;
  readonly node: string;
  readonly action: CommandAction;
}

/** Commands that people signed themselves, in base64 by node. */
export type SignedCommands = Readonly<Record<string, string>>;

/**
 * Reads a command that somebody signed. Whether the node trusts the key is the node's to say; here it must be what is
 * meant, and still hold. Throws a FleetCleanupError.
 */
export function readSigned(base64: string | undefined, meant: MeantCommand, at: number): Command {
  if (base64 === undefined)
    throw new FleetCleanupError('invalid', `there is no signed command for node ${meant.node}`);
  let command: Command;
  try {
    command = decodeCommand(Buffer.from(base64, 'base64'));
  } catch (error) {
    throw new FleetCleanupError('invalid', `the command for node ${meant.node} cannot be read`, error);
  }
  const fault = faultOf(command, meant, at);
  if (fault === undefined) return command;
  throw new FleetCleanupError('invalid', `the command for node ${meant.node} ${fault}`);
}

function faultOf(command: Command, { id, node, action }: MeantCommand, at: number): string | undefined {
  if (command.signature === undefined) return 'is not signed';
  if (command.isNewer) return 'has parts that this collector does not know';
  if (command.node !== node) return `is meant for node ${command.node}`;
  if (command.id !== id) return `has the id ${command.id}, and must have ${id}`;
  if (!isSame(command.action, action)) return 'orders something else';
  return command.expiresAt <= at ? 'has expired' : undefined;
}

/** The reason of an undo is the signer's own. */
function isSame(one: CommandAction, other: CommandAction): boolean {
  if (one.kind === 'apply-plan' && other.kind === 'apply-plan')
    return one.planId === other.planId && Buffer.from(one.stateHash).equals(other.stateHash);
  if (one.kind === 'undo' && other.kind === 'undo')
    return one.receiptId === other.receiptId && one.imageIds.join() === other.imageIds.join();
  return false;
}
