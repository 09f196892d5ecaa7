import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorSettings } from '../../collector/settings.ts';
import { environmentName } from '../../platform/config.ts';
import { isWorkload, readManifests, type PodSpec, type Workload } from '../support/manifests.ts';

const FOLDER = 'components/postgres';

function workload(path: string): Workload {
  const [object, ...more] = readManifests(path);
  assert.ok(object !== undefined && isWorkload(object) && more.length === 0, path);
  return object;
}

const single = workload('base/collector-stateful-set.yaml');
const several = workload(`${FOLDER}/collector-deployment.yaml`);

function containerOf({ spec }: Workload) {
  const [container] = spec.template.spec.containers;
  assert.ok(container);
  return container;
}

function without(object: object, ...keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** What of a pod does not speak of where the inventory is kept. */
function rest(pod: PodSpec): object {
  return {
    ...without(pod, 'containers', 'volumes', 'topologySpreadConstraints'),
    securityContext: without(pod.securityContext ?? {}, 'fsGroupChangePolicy'),
  };
}

test('several collectors are what one is, but for where they keep things', () => {
  const [one, own] = [containerOf(single), containerOf(several)];
  assert.deepEqual(without(own, 'env', 'volumeMounts'), without(one, 'env', 'volumeMounts'));
  const ofTheVolume = ['TALLYMAN_DATA_DIR', 'SQLITE_TMPDIR'];
  assert.deepEqual(own.env, [
    { name: 'TALLYMAN_STORE_FILE', value: '/etc/tallyman/store/url' },
    ...one.env.filter(({ name }) => !ofTheVolume.includes(name)),
  ]);
  assert.deepEqual(rest(several.spec.template.spec), rest(single.spec.template.spec));
});

test('they are told where the database is by a setting there is, from a file they mount', () => {
  const container = containerOf(several);
  assert.ok(Object.keys(collectorSettings).map(environmentName).includes('TALLYMAN_STORE_FILE'));
  const mount = container.volumeMounts.find(({ name }) => name === 'store');
  assert.deepEqual(mount, { name: 'store', mountPath: '/etc/tallyman/store', readOnly: true });
  assert.deepEqual(
    container.volumeMounts.map(({ name }) => name).sort(),
    several.spec.template.spec.volumes.map(({ name }) => name).sort(),
  );
});

test('the service finds them, and no pod belongs to both workloads', () => {
  const labels = several.spec.template.metadata.labels;
  const { matchLabels } = several.spec.selector;
  assert.deepEqual(matchLabels, labels);
  assert.equal(labels['app.kubernetes.io/name'], 'tallyman-collector');
  assert.equal(single.spec.template.metadata.labels['tallyman/store'], undefined);
  const [patch] = readManifests(`${FOLDER}/collector-stateful-set.yaml`) as unknown as readonly {
    spec: { replicas: number };
  }[];
  assert.equal(patch?.spec.replicas, 0);
  for (const path of ['network-policy.yaml', 'collector-disruption-budget.yaml']) {
    assert.match(JSON.stringify(readManifests(`${FOLDER}/${path}`)), /"tallyman\/store":"postgresql"/);
  }
});
