import type { SettingsSpec } from '../../platform/config.ts';
import { DAY_MS } from '../../platform/setting-values.ts';

const HOUR_MS = 3_600_000;
const KUBERNETES_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How a collector issues certificates to nodes. Without `enrollListen` it does not. */
export const enrollSettings = {
  enrollListen: {
    type: 'host:port',
    help: 'Where nodes without a certificate get one; nowhere when not set',
  },
  enrollCaCert: { type: 'path', help: "Certificate of the authority that issues nodes' certificates" },
  enrollCaKey: { type: 'path', help: 'Private key of that authority' },
  nodeCertificateLife: {
    type: 'duration',
    default: '30d',
    min: HOUR_MS,
    max: 3_650 * DAY_MS,
    help: 'How long the certificates that are issued are valid; agents renew them at half of it',
  },
  enrollServiceAccount: {
    type: 'string',
    default: 'tallyman/tallyman-agent',
    help: 'Kubernetes service account (namespace/name) whose tokens are a proof',
  },
  enrollKubernetes: {
    type: 'host:port',
    default: 'kubernetes.default.svc:443',
    help: 'Kubernetes API server that checks them',
  },
  enrollKubernetesCa: {
    type: 'path',
    default: `${KUBERNETES_FOLDER}/ca.crt`,
    help: 'Authority that the API server must be signed by',
  },
  enrollKubernetesToken: {
    type: 'path',
    default: `${KUBERNETES_FOLDER}/token`,
    help: 'File that holds what the collector shows the API server',
  },
} as const satisfies SettingsSpec;
