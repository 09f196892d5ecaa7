import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readTrustedKeys } from '../../agent/trusted-keys.ts';
import { writeFileAtomically } from '../../platform/write-file.ts';
import { keyId } from '../../proto/codec/command-signature.ts';
import { EXIT, Failure } from '../failure.ts';
import { parseFormat, writeOutput } from '../output/format.ts';

/** What files may be called, and what receipts and audit logs then call whoever signs. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

interface ShownKey {
  readonly id: string;
  readonly owner: string;
}

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('Keys that sign commands which change nodes');

  keys
    .command('create <name>')
    .description('Make a key: NAME.key signs and stays with its owner, NAME.pub goes to the nodes')
    .option('--out <folder>', 'Where to write both', '.')
    .option('--format <table|json>', 'How to print', 'table')
    .action(async (name: string, options: { readonly out: string; readonly format: string }) => {
      const format = parseFormat(options.format);
      if (!NAME.test(name)) {
        const allowed = 'it has letters, digits and . _ @ -, 64 at most, and begins with a letter or digit';
        throw new Failure(EXIT.usage, `"${name}" cannot be a key's name; ${allowed}`);
      }
      const [secret, shared] = [join(options.out, `${name}.key`), join(options.out, `${name}.pub`)];
      const present = [secret, shared].find((path) => existsSync(path));
      if (present !== undefined)
        throw new Failure(EXIT.usage, `${present} is there already; a key is never replaced`);
      mkdirSync(options.out, { recursive: true });
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      await writeFileAtomically(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
      await writeFileAtomically(shared, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
      const made = [{ id: keyId(publicKey), owner: name, secret, shared }];
      await writeOutput(format, made, [
        { title: 'id', value: (key) => key.id },
        { title: 'signs (keep it)', value: (key) => key.secret },
        { title: 'for the nodes', value: (key) => key.shared },
      ]);
    });

  keys
    .command('show <files...>')
    .description('IDs and owners of public keys, as receipts and audit logs name them')
    .option('--format <table|json>', 'How to print', 'table')
    .action(async (files: readonly string[], options: { readonly format: string }) => {
      const format = parseFormat(options.format);
      const shown = readTrustedKeys(files).map(({ id, owner }): ShownKey => ({ id, owner }));
      await writeOutput(format, shown, [
        { title: 'id', value: (key) => key.id },
        { title: 'owner', value: (key) => key.owner },
      ]);
    });
}
