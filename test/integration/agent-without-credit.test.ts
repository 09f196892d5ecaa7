import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgent } from '../../agent/main.ts';
import { agentSettings } from '../../agent/settings.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import { resolveSettings } from '../../platform/config.ts';
import { startContainerd } from '../support/containerd.ts';
import { releasedCollector, releasedProtocol } from '../support/released-peer.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { sessionBench, until } from '../support/session-bench.ts';
import { smallImage } from '../support/small-images.ts';
import { temporaryFolder } from '../support/state.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr');
const NAMES = ['registry.example/a:1', 'registry.example/b:1'];

test(
  'an agent without credit reads no image, tells its state all the same, and reads on with credit',
  { skip },
  async (context) => {
    const bench = await sessionBench();
    context.after(() => bench.stop());
    const engine = await startContainerd({ cri: false });
    context.after(() => engine.stop());
    const tls = bench.tls('collector');
    assert.ok(tls.kind === 'mutual');
    const collector = await releasedCollector(
      releasedProtocol(),
      [{ welcome: { beatIntervalMs: 1000, credit: { contentBytes: 0, contentItems: 0 } } }],
      tls.files,
    );
    context.after(() => collector.stop());
    const settings = resolveSettings(agentSettings, {
      flags: {
        ...{ node: 'node-1', collector: `127.0.0.1:${collector.port}`, stateDir: temporaryFolder(context) },
        ...{ tlsCa: join(bench.dir, 'ca.crt'), tlsCert: join(bench.dir, 'node-1.crt') },
        ...{ tlsKey: join(bench.dir, 'node-1.key'), metricsListen: '127.0.0.1:0' },
        ...{ containerdAddress: engine.address, dockerAddress: 'none', processInterval: '1s' },
        ...{ scanMemoryPressure: '100', scanIoPressure: '100', scanCpu: '1' },
      },
      env: {},
    });
    const agent = await startAgent(settings, { logger: bench.logger, version: 'test' });
    context.after(() => agent.close());
    const read = (): number => bench.log.filter(({ msg, message = msg }) => message === 'image read').length;
    const told = (): number => [...collector.stateKeys].filter((key) => key.startsWith('image/')).length;

    // Without a session there is no want of credit.
    await until('there is a session', () => collector.received.includes('heartbeat'));
    for (const name of NAMES) {
      const image = smallImage([[{ path: `srv/${name.replaceAll(/\W/g, '-')}`, content: name }]]);
      await engine.importArchive(ociArchive([{ image, names: [name] }]));
    }
    await until('both images are told', () => told() === NAMES.length);
    const changes = (): number => collector.received.filter((kind) => kind === 'stateChange').length;
    const before = changes();
    await engine.ctr('images', 'tag', NAMES[0] ?? '', 'registry.example/again:1');
    await until('the next state is told', () => changes() > before);
    // Longer than reading both takes, with the start of its thread.
    await sleep(3000);
    assert.equal(read(), 0);
    assert.equal(collector.content.size, 0);

    collector.send({ credit: { contentBytes: 1 << 22, contentItems: 16 } });
    await until('both images are read', () => read() === NAMES.length);
    await until('their content came', () => collector.content.size === 2 * NAMES.length);
  },
);
