import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { ApiClient } from '../api-client.ts';
import { demoObstacle, startDemoEngine } from '../demo/demo-engine.ts';
import { EXIT, Failure } from '../failure.ts';
import { Progress } from '../output/progress.ts';
import { untilSignal } from '../run-until-signal.ts';
import { findEngines, type FoundEngines } from '../up/engines.ts';
import { pictureText } from '../up/picture-text.ts';
import { startSystem, type System } from '../up/system.ts';
import type { NodePicture } from '../up/views.ts';
import { followNode, imagesRead } from '../up/watch.ts';

const CLEAR_SCREEN = '\u001b[2J\u001b[3J\u001b[H';

interface UpOptions {
  readonly containerdAddress: string;
  readonly dockerAddress: string;
  readonly demo: boolean;
  readonly once?: boolean;
}

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('Start a collector and an agent on this machine and show what they see, until Ctrl-C')
    .option(
      '--containerd-address <auto|none|path>',
      "containerd's socket",
      process.env['TALLYMAN_CONTAINERD_ADDRESS'] ?? 'auto',
    )
    .option(
      '--docker-address <auto|none|path>',
      "Docker's socket",
      process.env['TALLYMAN_DOCKER_ADDRESS'] ?? 'auto',
    )
    .option('--no-demo', 'Refuse, rather than start a container engine of our own, where there is none')
    .option('--once', 'Show it once and end')
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-'));
  const progress = new Progress();
  const ended = new AbortController();
  const cleanups: (() => Promise<void>)[] = [];
  const interrupted = untilSignal().then(() => ended.abort());
  try {
    const found = findEngines({ containerd: options.containerdAddress, docker: options.dockerAddress });
    const engines = found ?? (await ownEngine(options, folder, progress, ended.signal, cleanups));
    ended.signal.throwIfAborted();
    progress.show('starting a collector and an agent');
    const system = await startSystem(folder, engines);
    cleanups.push(() => system.stop());
    const broken = system.broken.then((sentence) => {
      if (!ended.signal.aborted) throw new Failure(EXIT.failed, sentence);
    });
    await Promise.race([show(system, options, progress, ended), interrupted, broken]);
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    ended.abort();
    progress.end();
    for (const cleanup of cleanups.reverse()) await cleanup();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function ownEngine(
  options: UpOptions,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
  cleanups: (() => Promise<void>)[],
): Promise<FoundEngines> {
  const none = 'there is no containerd or Docker socket on this machine';
  if (!options.demo)
    throw new Failure(
      EXIT.unreachable,
      `${none}; start an engine, or leave out --no-demo for one of our own`,
    );
  const obstacle = await demoObstacle();
  if (obstacle !== undefined) {
    throw new Failure(
      EXIT.unreachable,
      `${none}, and one of our own needs root on Debian or Ubuntu: ${obstacle}`,
    );
  }
  process.stderr.write(
    `tallyman: ${none}, so it starts one of its own in ${folder}, with a few small images\n`,
  );
  const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
  const engine = await startDemoEngine(folder, packages, (step) => progress.show(step), signal);
  cleanups.push(() => engine.stop());
  return { containerd: engine.address };
}

async function show(
  system: System,
  options: UpOptions,
  progress: Progress,
  ended: AbortController,
): Promise<void> {
  const api = new ApiClient(system.api);
  let complete = false;
  await followNode(api, system.node, ended.signal, (picture) => {
    const read = imagesRead(picture);
    if (!complete && read < picture.images.length) {
      progress.show('images read', read, picture.images.length);
      return;
    }
    complete = true;
    progress.end();
    print(picture, system);
    if (options.once === true) ended.abort();
  });
}

function print(picture: NodePicture, system: System): void {
  const { isTTY, columns } = process.stdout;
  const text = pictureText(picture, Date.now(), isTTY ? { width: columns, color: true } : {});
  const hint = `Watching. Ctrl-C ends it. In another terminal: ./tallyman fleet packages --api ${system.api}\n`;
  process.stdout.write(`${isTTY ? CLEAR_SCREEN : ''}${text}\n${hint}`);
}
