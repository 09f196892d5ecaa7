import { experimental, ServerCredentials } from '@grpc/grpc-js';
import type { TlsMaterial } from '../../platform/tls.ts';

type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** Credentials of a server whose certificates may be renewed while it runs. */
export interface RenewableCredentials {
  readonly credentials: ServerCredentials;
  /** New connections use these; those that are there go on. */
  renew(material: TlsMaterial): void;
}

/** Demands a client certificate from the authority. */
export function mutualCredentials(initial: TlsMaterial): RenewableCredentials {
  const provider = new MaterialProvider(initial);
  return {
    credentials: experimental.createCertificateProviderServerCredentials(provider, provider, true),
    renew: (material) => provider.renew(material),
  };
}

/** Shows a certificate and asks for none: for those who come to get one. */
export function serverCredentials(initial: TlsMaterial): RenewableCredentials {
  const provider = new MaterialProvider(initial);
  return {
    credentials: experimental.createCertificateProviderServerCredentials(provider, null, false),
    renew: (material) => provider.renew(material),
  };
}

export function plainCredentials(): ServerCredentials {
  return ServerCredentials.createInsecure();
}

class MaterialProvider implements experimental.CertificateProvider {
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  #material: TlsMaterial;

  constructor(material: TlsMaterial) {
    this.#material = material;
  }

  renew(material: TlsMaterial): void {
    this.#material = material;
    for (const listener of this.#caListeners) this.#tellCa(listener);
    for (const listener of this.#identityListeners) this.#tellIdentity(listener);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    // The server registers itself for updates only after this returns.
    queueMicrotask(() => this.#tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    queueMicrotask(() => this.#tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  #tellCa(listener: CaListener): void {
    listener({ caCertificate: this.#material.ca });
  }

  #tellIdentity(listener: IdentityListener): void {
    listener({ certificate: this.#material.cert, privateKey: this.#material.key });
  }
}
