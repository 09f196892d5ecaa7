/** A Kubernetes object as it stands in a file. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: unknown;
}
interface Schema {
  readonly validate: { (data: unknown): boolean; errors?: readonly SchemaError[] | null };
}

/** The kinds that we use; the package has a compiled schema for each kind of Kubernetes' OpenAPI document. */
const SCHEMAS: Readonly<Record<string, () => Promise<Schema>>> = {
  'v1 Namespace': () => import('kubernetes-models/_schemas/IoK8sApiCoreV1Namespace'),
  'v1 Service': () => import('kubernetes-models/_schemas/IoK8sApiCoreV1Service'),
  'v1 ServiceAccount': () => import('kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount'),
  'apps/v1 DaemonSet': () => import('kubernetes-models/_schemas/IoK8sApiAppsV1DaemonSet'),
  'apps/v1 Deployment': () => import('kubernetes-models/_schemas/IoK8sApiAppsV1Deployment'),
  'apps/v1 StatefulSet': () => import('kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet'),
  'networking.k8s.io/v1 NetworkPolicy': () =>
    import('kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy'),
  'policy/v1 PodDisruptionBudget': () =>
    import('kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget'),
  'rbac.authorization.k8s.io/v1 ClusterRole': () =>
    import('kubernetes-models/_schemas/IoK8sApiRbacV1ClusterRole'),
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': () =>
    import('kubernetes-models/_schemas/IoK8sApiRbacV1ClusterRoleBinding'),
  'scheduling.k8s.io/v1 PriorityClass': () =>
    import('kubernetes-models/_schemas/IoK8sApiSchedulingV1PriorityClass'),
};

/**
 * What the object's Kubernetes schema finds wrong with it, unknown fields included. The compiled schemas let unknown
 * fields pass without a look: so what they never looked at is what they do not know.
 */
export async function schemaProblems(object: KubernetesObject): Promise<readonly string[]> {
  const kind = `${object.apiVersion} ${object.kind}`;
  const schema = await SCHEMAS[kind]?.();
  if (!schema) return [`no schema is known for ${kind}`];
  const seen = new Set<string>();
  const valid = schema.validate(watched(object, '', seen));
  const errors = valid ? [] : (schema.validate.errors ?? []);
  return [
    ...errors.map(
      ({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`,
    ),
    ...pathsOf(object, '')
      .filter((path) => !seen.has(path))
      .map((path) => `${path}: unknown field`),
  ];
}

/** The same value, which notes the path of everything that is read from it. */
function watched(value: unknown, path: string, seen: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      const child: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return child;
      seen.add(`${path}/${key}`);
      return watched(child, `${path}/${key}`, seen);
    },
  });
}

function pathsOf(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    `${path}/${key}`,
    ...pathsOf(child, `${path}/${key}`),
  ]);
}
