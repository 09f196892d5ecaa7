import type { SettingsSpec } from '../../platform/config.ts';

/** Who the node is, and how it gets the certificate that says so. */
export const identitySettings = {
  tlsCa: { type: 'path', help: 'Authority that the collector must be signed by' },
  tlsCert: { type: 'path', help: "This node's certificate; needed unless enroll is set" },
  tlsKey: { type: 'path', help: "This node's private key" },
  enroll: { type: 'host:port', help: "The collector's address for nodes that want a certificate" },
  enrollCa: { type: 'path', help: 'Authority that this address must be signed by; tls-ca when not set' },
  joinToken: { type: 'string', secret: true, help: 'What the node shows to get its first certificate' },
  joinTokenFile: { type: 'path', help: 'File that holds what the node shows to get its first certificate' },
  serviceAccountTokenFile: {
    type: 'path',
    help: 'File that holds a Kubernetes token for the audience tallyman, shown to get a certificate',
  },
} as const satisfies SettingsSpec;
