import { Client, credentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** The part of the Kubernetes container runtime interface that makes things, as kubelet would. Host network only. */
export interface TestCri {
  /** Answers the sandbox's ID. */
  runSandbox(pod: TestPod): Promise<string>;
  /** Pulls an image. Answers its ID. */
  pullImage(image: string): Promise<string>;
  /** Removes an image by all its names. */
  removeImage(image: string): Promise<void>;
  /** Creates and starts a container in a sandbox. Answers its ID. */
  runContainer(sandbox: string, pod: TestPod, container: TestCriContainer): Promise<string>;
  stopContainer(id: string): Promise<void>;
  removeContainer(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  close(): void;
}

export interface TestPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export interface TestCriContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly privileged?: boolean;
}

/** Numbers are those of k8s.io/cri-api, runtime/v1. */
const PROTO = `
syntax = "proto3";
message PodMetadata { string name = 1; string uid = 2; string namespace = 3; }
message Namespaces { int32 network = 1; int32 pid = 2; int32 ipc = 3; }
message SandboxSecurity { Namespaces namespace_options = 1; bool privileged = 6; }
message LinuxSandbox { SandboxSecurity security_context = 2; }
message SandboxConfig { PodMetadata metadata = 1; LinuxSandbox linux = 8; }
message RunPodSandboxRequest { SandboxConfig config = 1; }
message ContainerMetadata { string name = 1; }
message ImageSpec { string image = 1; }
message ContainerSecurity { bool privileged = 2; Namespaces namespace_options = 3; }
message LinuxContainer { ContainerSecurity security_context = 2; }
message ContainerConfig {
  ContainerMetadata metadata = 1;
  ImageSpec image = 2;
  repeated string command = 3;
  LinuxContainer linux = 15;
}
message CreateContainerRequest { string pod_sandbox_id = 1; ContainerConfig config = 2; SandboxConfig sandbox_config = 3; }
message PullImageRequest { ImageSpec image = 1; }
message Id { string id = 1; }
`;
/** NamespaceMode NODE: the host's own. */
const NODE = 2;
/** NamespaceMode CONTAINER. */
const OWN = 1;
const NAMESPACES = { network: NODE, pid: OWN, ipc: NODE };

export function criClient(address: string): TestCri {
  const { root } = protobuf.parse(PROTO);
  const client = new Client(`unix:${address}`, credentials.createInsecure());

  // Every answer that matters, and every request that is only an ID, has the ID as its field 1.
  function call(method: string, type: string, request: object): Promise<string> {
    const requestType = root.lookupType(type);
    const answerType = root.lookupType('Id');
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/runtime.v1.${method.endsWith('Image') ? 'ImageService' : 'RuntimeService'}/${method}`,
        (message: object) => Buffer.from(requestType.encode(requestType.fromObject(message)).finish()),
        (bytes) => answerType.toObject(answerType.decode(bytes))['id'] as string,
        request,
        { deadline: Date.now() + 120_000 },
        (error, id) => (error === null ? resolve(id ?? '') : reject(error)),
      );
    });
  }

  function sandboxConfig(pod: TestPod): object {
    return {
      metadata: pod,
      linux: { securityContext: { namespaceOptions: NAMESPACES, privileged: true } },
    };
  }

  return {
    runSandbox: (pod) => call('RunPodSandbox', 'RunPodSandboxRequest', { config: sandboxConfig(pod) }),
    pullImage: (image) => call('PullImage', 'PullImageRequest', { image: { image } }),
    async removeImage(image) {
      await call('RemoveImage', 'PullImageRequest', { image: { image } });
    },
    async runContainer(sandbox, pod, { name, image, command, privileged = false }) {
      const config = {
        metadata: { name },
        image: { image },
        command,
        linux: { securityContext: { privileged, namespaceOptions: NAMESPACES } },
      };
      const request = { podSandboxId: sandbox, config, sandboxConfig: sandboxConfig(pod) };
      const id = await call('CreateContainer', 'CreateContainerRequest', request);
      await call('StartContainer', 'Id', { id });
      return id;
    },
    async stopContainer(id) {
      await call('StopContainer', 'Id', { id });
    },
    async removeContainer(id) {
      await call('RemoveContainer', 'Id', { id });
    },
    async removeSandbox(id) {
      await call('StopPodSandbox', 'Id', { id });
      await call('RemovePodSandbox', 'Id', { id });
    },
    close: () => client.close(),
  };
}
