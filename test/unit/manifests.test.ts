import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { suite, test } from 'node:test';
import { agentSettings } from '../../agent/settings.ts';
import { collectorSettings } from '../../collector/settings.ts';
import { environmentName, type SettingsSpec } from '../../platform/config.ts';
import { schemaProblems, type KubernetesObject } from '../support/kubernetes-schema.ts';
import {
  isWorkload,
  manifestFiles,
  readKustomization,
  readManifests,
  resolveFrom,
  type ContainerSpec,
  type Workload,
} from '../support/manifests.ts';

const files = manifestFiles();
const isKustomization = (path: string): boolean => basename(path) === 'kustomization.yaml';
const base = files
  .filter((path) => path.startsWith('base/') && !isKustomization(path))
  .flatMap(readManifests);
const workloads = base.filter(isWorkload);
const agent = named<Workload>('DaemonSet', 'tallyman-agent');
const collector = named<Workload>('StatefulSet', 'tallyman-collector');
const SETTINGS: readonly [Workload, SettingsSpec][] = [
  [agent, agentSettings],
  [collector, collectorSettings],
];

/** Objects that components bring, beside their patches of the base. */
const added = files
  .filter((path) => isKustomization(path) && !path.startsWith('base/'))
  .flatMap((path) => (readKustomization(path).resources ?? []).map((one) => resolveFrom(path, one)))
  .filter((path) => path.endsWith('.yaml'));

suite('the Kubernetes schemas', () => {
  for (const object of [...base, ...added.flatMap(readManifests)]) {
    test(`know ${object.kind} ${object.metadata.name} as it stands`, async () => {
      assert.deepEqual(await schemaProblems(object), []);
    });
  }

  const own = (file: string): boolean =>
    file.startsWith('base/') || isKustomization(file) || added.includes(file);
  for (const path of files.filter((file) => !own(file))) {
    test(`know every field of the patch ${path}`, async () => {
      for (const patch of readManifests(path)) {
        // A patch leaves out what it does not change, and says null where it takes something away.
        const problems = (await schemaProblems(patch)).filter((problem) => problem.endsWith('unknown field'));
        assert.deepEqual(problems, []);
        assert.ok(
          base.some(({ kind, metadata }) => kind === patch.kind && metadata.name === patch.metadata.name),
          `${path} patches what the base does not have`,
        );
      }
    });
  }

  test('would find a misspelt field, a wrong type and a missing field, at any depth', async () => {
    const broken = structuredClone(agent) as unknown as {
      spec: { selector?: object; template: { spec: object } };
    };
    Object.assign(broken.spec.template.spec, { hostPid: true, terminationGracePeriodSeconds: 'soon' });
    delete broken.spec.selector;
    const problems = await schemaProblems(broken as unknown as KubernetesObject);
    assert.ok(problems.includes('/spec/template/spec/hostPid: unknown field'));
    assert.ok(
      problems.some((problem) =>
        problem.startsWith('/spec/template/spec/terminationGracePeriodSeconds: type'),
      ),
    );
    assert.ok(problems.some((problem) => /^\/spec: required.*selector/.test(problem)));
  });
});

suite('kustomize', () => {
  for (const path of files.filter(isKustomization)) {
    test(`finds all that ${path} names`, () => {
      const {
        resources = [],
        components = [],
        patches = [],
        configMapGenerator = [],
      } = readKustomization(path);
      for (const one of [...resources, ...components, ...patches.map((patch) => patch.path)]) {
        const target = resolveFrom(path, one);
        assert.ok(
          files.includes(target) || files.includes(`${target}/kustomization.yaml`),
          `${path} names ${one}`,
        );
      }
      for (const { name, behavior } of configMapGenerator) {
        assert.equal(behavior, path.startsWith('base/') ? undefined : 'merge');
        assert.ok(generated().some((map) => map.name === name));
      }
    });
  }

  test('is told of every file there is', () => {
    const told = files.filter(isKustomization).flatMap((path) => {
      const { resources = [], patches = [] } = readKustomization(path);
      return [
        path,
        ...[...resources, ...patches.map((patch) => patch.path)].map((one) => resolveFrom(path, one)),
      ];
    });
    assert.deepEqual(
      files.filter((path) => !told.includes(path)),
      [],
    );
  });
});

suite('the workloads', () => {
  for (const workload of workloads) {
    const { spec } = workload;
    const pod = spec.template.spec;
    const container = onlyContainer(workload);

    test(`${workload.metadata.name} selects its own pods`, () => {
      assert.deepEqual(
        spec.selector.matchLabels,
        pick(spec.template.metadata.labels, spec.selector.matchLabels),
      );
    });

    test(`${workload.metadata.name} mounts only volumes it has, and has none that it does not mount`, () => {
      const volumes = [...pod.volumes, ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)];
      assert.deepEqual(
        container.volumeMounts.map(({ name }) => name).sort(),
        volumes.map(({ name }) => name).sort(),
      );
    });

    test(`${workload.metadata.name} can do no more than it must`, () => {
      const { securityContext } = container;
      assert.equal(securityContext.privileged, false);
      assert.equal(securityContext.allowPrivilegeEscalation, false);
      assert.equal(securityContext.readOnlyRootFilesystem, true);
      assert.deepEqual(securityContext.capabilities.drop, ['ALL']);
      const seccomp = securityContext.seccompProfile ?? pod.securityContext?.seccompProfile;
      assert.equal(seccomp?.type, 'RuntimeDefault');
      assert.equal(pod.automountServiceAccountToken, false);
      assert.equal(pod.hostNetwork ?? false, false);
      assert.equal(pod.hostIPC ?? false, false);
    });

    test(`${workload.metadata.name} has requests and limits`, () => {
      for (const amounts of [container.resources.requests, container.resources.limits]) {
        assert.match(amounts.memory, /^\d+Mi$/);
        assert.match(amounts.cpu, /^\d+m?$/);
      }
    });

    test(`${workload.metadata.name} is probed at ports it has`, () => {
      const ports = container.ports.map(({ name }) => name);
      assert.equal(container.livenessProbe.httpGet.path, '/healthz');
      assert.equal(container.readinessProbe.httpGet.path, '/readyz');
      assert.ok(ports.includes(container.livenessProbe.httpGet.port));
      assert.ok(ports.includes(container.readinessProbe.httpGet.port));
    });

    test(`${workload.metadata.name} refers to a service account, settings and a priority that exist`, () => {
      named('ServiceAccount', pod.serviceAccountName);
      if (pod.priorityClassName) named('PriorityClass', pod.priorityClassName);
      if (spec.serviceName) named('Service', spec.serviceName);
      for (const { configMapRef } of container.envFrom) {
        assert.ok(generated().some(({ name }) => name === configMapRef.name));
      }
    });
  }

  test('the agent has exactly the capabilities it uses', () => {
    const { add } = onlyContainer(agent).securityContext.capabilities;
    assert.deepEqual(add, ['DAC_READ_SEARCH', 'SYS_PTRACE', 'SYS_ADMIN']);
    const [patch] = readManifests(
      'components/without-sys-admin/agent-daemon-set.yaml',
    ) as readonly Workload[];
    assert.ok(patch);
    assert.deepEqual(onlyContainer(patch).securityContext.capabilities.add, [
      'DAC_READ_SEARCH',
      'SYS_PTRACE',
    ]);
    assert.equal(onlyContainer(collector).securityContext.capabilities.add, undefined);
  });

  test('the agent can write nothing of the node but its own state', () => {
    const [docker] = readManifests('components/docker/agent-daemon-set.yaml') as readonly Workload[];
    assert.ok(docker);
    for (const { spec } of [agent, docker]) {
      const hostPaths = new Map(
        spec.template.spec.volumes.map(({ name, hostPath }) => [name, hostPath?.path]),
      );
      for (const mount of spec.template.spec.containers.flatMap((container) => container.volumeMounts)) {
        assert.equal(mount.readOnly ?? false, mount.name !== 'state', mount.name);
        // Engines name layers by the node's paths.
        if (hostPaths.get(mount.name)) assert.equal(mount.mountPath, hostPaths.get(mount.name));
      }
    }
  });

  test('only the agent is root and sees the processes of the node', () => {
    assert.equal(agent.spec.template.spec.hostPID, true);
    assert.equal(collector.spec.template.spec.hostPID, undefined);
    assert.equal(collector.spec.template.spec.securityContext?.runAsNonRoot, true);
    assert.deepEqual(
      collector.spec.template.spec.volumes.filter(({ hostPath }) => hostPath),
      [],
    );
  });
});

suite('the settings', () => {
  for (const [workload, spec] of SETTINGS) {
    test(`of ${workload.metadata.name} are settings that it has, and all that it requires`, () => {
      const known = Object.keys(spec).map(environmentName);
      const given = settingsOf(onlyContainer(workload));
      assert.deepEqual(
        [...given].filter((name) => !known.includes(name)),
        [],
      );
      const required = Object.keys(spec).filter((key) => spec[key]?.required);
      assert.deepEqual(
        required.map(environmentName).filter((name) => !given.has(name)),
        [],
      );
    });
  }

  test('are not mixed with the variables that Kubernetes makes from services', () => {
    for (const { spec } of workloads) assert.equal(spec.template.spec.enableServiceLinks, false);
  });

  test('point the agents at the service of the collector', () => {
    const address = literal('tallyman-agent', 'TALLYMAN_COLLECTOR');
    const service = named<Service>('Service', 'tallyman-collector');
    const port = service.spec.ports.find(({ name }) => name === 'grpc');
    assert.equal(address, `${service.metadata.name}:${port?.port}`);
  });

  test('make each part listen at the ports it declares', () => {
    const listening = (map: string, key: string): number => Number(literal(map, key).split(':')[1]);
    const ports = (workload: Workload): unknown =>
      Object.fromEntries(
        onlyContainer(workload).ports.map(({ name, containerPort }) => [name, containerPort]),
      );
    assert.deepEqual(ports(agent), { metrics: listening('tallyman-agent', 'TALLYMAN_METRICS_LISTEN') });
    assert.deepEqual(ports(collector), {
      grpc: listening('tallyman-collector', 'TALLYMAN_GRPC_LISTEN'),
      http: listening('tallyman-collector', 'TALLYMAN_HTTP_LISTEN'),
    });
  });
});

suite('enrollment', () => {
  const folder = 'components/enrollment';
  const [agentPatch] = readManifests(`${folder}/agent-daemon-set.yaml`) as readonly Workload[];
  const [collectorPatch] = readManifests(`${folder}/collector-stateful-set.yaml`) as readonly Workload[];
  const [servicePatch] = readManifests(`${folder}/collector-service.yaml`) as readonly Service[];
  const objects = added.filter((path) => path.startsWith(folder)).flatMap(readManifests);
  assert.ok(agentPatch && collectorPatch && servicePatch);
  const valueOf = (workload: Workload, name: string): string =>
    onlyContainer(workload).env.find((one) => one.name === name)?.value ?? '';
  const mountOf = (workload: Workload, path: string): string | undefined =>
    onlyContainer(workload).volumeMounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`))?.name;

  test('agents reach the address where the collector issues certificates', () => {
    const [host, port] = valueOf(agentPatch, 'TALLYMAN_ENROLL').split(':');
    assert.equal(host, servicePatch.metadata.name);
    const [served] = servicePatch.spec.ports;
    assert.equal(String(served?.port), port);
    const declared = onlyContainer(collectorPatch).ports.find(({ name }) => name === served?.targetPort);
    assert.equal(valueOf(collectorPatch, 'TALLYMAN_ENROLL_LISTEN'), `0.0.0.0:${declared?.containerPort}`);
    const [toCollector, fromNodes] = objects.filter(
      (object): object is NetworkPolicy => object.kind === 'NetworkPolicy',
    );
    assert.deepEqual(toCollector?.spec.egress[0]?.ports, [{ port: served?.port }]);
    assert.deepEqual(fromNodes?.spec.ingress[0]?.ports, [{ port: served?.targetPort }]);
  });

  test('the agent shows a token of its own service account for the audience that the collector wants', () => {
    const name = mountOf(agentPatch, valueOf(agentPatch, 'TALLYMAN_SERVICE_ACCOUNT_TOKEN_FILE'));
    const volume = agentPatch.spec.template.spec.volumes.find((one) => one.name === name);
    assert.match(
      JSON.stringify(volume),
      /"serviceAccountToken":{"audience":"tallyman","expirationSeconds":3600/,
    );
    const account = `tallyman/${agent.spec.template.spec.serviceAccountName}`;
    assert.equal(collectorSettings.enrollServiceAccount.default, account);
  });

  test('the collector may have tokens reviewed and nothing else, with a token where it looks for one', () => {
    const role = objects.find(({ kind }) => kind === 'ClusterRole') as KubernetesObject & {
      readonly rules: unknown;
    };
    assert.deepEqual(role.rules, [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    ]);
    const binding = objects.find(({ kind }) => kind === 'ClusterRoleBinding') as KubernetesObject & {
      readonly subjects: readonly { readonly name: string }[];
      readonly roleRef: { readonly name: string };
    };
    assert.equal(binding.roleRef.name, role.metadata.name);
    assert.deepEqual(
      binding.subjects.map(({ name }) => name),
      [collector.spec.template.spec.serviceAccountName],
    );
    const { enrollKubernetesToken: token, enrollKubernetesCa: authority } = collectorSettings;
    for (const path of [token.default, authority.default]) {
      assert.equal(mountOf(collectorPatch, path), 'kubernetes', path);
    }
  });

  test('both have a volume for each mount, which they cannot write', () => {
    for (const { spec } of [agentPatch, collectorPatch]) {
      const volumes = spec.template.spec.volumes.map(({ name }) => name);
      for (const { name, readOnly } of spec.template.spec.containers.flatMap((one) => one.volumeMounts)) {
        assert.ok(volumes.includes(name) && readOnly === true, name);
      }
    }
    for (const [workload, settings] of [
      [agentPatch, agentSettings],
      [collectorPatch, collectorSettings],
    ] as const) {
      const known = Object.keys(settings).map(environmentName);
      for (const { name } of onlyContainer(workload).env) assert.ok(known.includes(name), name);
    }
  });
});

interface Service extends KubernetesObject {
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
  };
}

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}
interface NetworkPolicy extends KubernetesObject {
  readonly spec: {
    readonly podSelector: Selector;
    readonly ingress: readonly {
      readonly from: readonly object[];
      readonly ports: readonly { port: string }[];
    }[];
    readonly egress: readonly { readonly to: readonly object[]; readonly ports: readonly object[] }[];
  };
}

suite('the network', () => {
  test('services and policies select pods that exist, and name ports that these have', () => {
    const service = named<Service>('Service', 'tallyman-collector');
    assert.deepEqual(service.spec.selector, podLabels(collector, service.spec.selector));
    const ports = onlyContainer(collector).ports.map(({ name }) => name);
    for (const { targetPort } of service.spec.ports) assert.ok(ports.includes(targetPort), targetPort);

    for (const workload of workloads) {
      const policy = named<NetworkPolicy>('NetworkPolicy', workload.metadata.name);
      const selected = policy.spec.podSelector.matchLabels;
      assert.deepEqual(selected, podLabels(workload, selected));
      for (const { port } of policy.spec.ingress.flatMap((rule) => rule.ports)) {
        assert.ok(
          onlyContainer(workload).ports.some(({ name }) => name === port),
          port,
        );
      }
    }
  });

  test('no rule lets everybody in or out', () => {
    for (const { spec } of base.filter(
      (object): object is NetworkPolicy => object.kind === 'NetworkPolicy',
    )) {
      const rules = [
        ...spec.ingress.map(({ from, ports }) => ({ peers: from, ports })),
        ...spec.egress.map(({ to, ports }) => ({ peers: to, ports })),
      ];
      for (const { peers, ports } of rules) {
        assert.ok(peers.length > 0 && ports.length > 0);
        for (const peer of peers) assert.ok(!JSON.stringify(peer).includes('{}'));
      }
    }
  });
});

function named<T extends KubernetesObject>(kind: string, name: string): T {
  const [object, ...more] = base.filter((one) => one.kind === kind && one.metadata.name === name);
  assert.ok(object && more.length === 0, `the base has no ${kind} ${name}, or more than one`);
  return object as T;
}

function onlyContainer({ spec }: Workload): ContainerSpec {
  const [container, ...more] = spec.template.spec.containers;
  assert.ok(container && more.length === 0);
  return container;
}

function generated() {
  return readKustomization('base/kustomization.yaml').configMapGenerator ?? [];
}

function settingsOf(container: ContainerSpec): ReadonlySet<string> {
  const maps = container.envFrom.map(({ configMapRef }) => configMapRef.name);
  const literals = generated()
    .filter(({ name }) => maps.includes(name))
    .flatMap((map) => map.literals.map((one) => one.split('=')[0] ?? ''));
  const direct = container.env.map(({ name }) => name).filter((name) => name.startsWith('TALLYMAN_'));
  return new Set([...literals, ...direct]);
}

function literal(map: string, key: string): string {
  const literals = generated().find(({ name }) => name === map)?.literals ?? [];
  return literals.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
}

function podLabels(
  workload: Workload,
  like: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return pick(workload.spec.template.metadata.labels, like);
}

function pick(
  from: Readonly<Record<string, string>>,
  like: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(like).map((key) => [key, from[key] ?? '']));
}
