import { Client, credentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** Numbers are those of k8s.io/cri-api, runtime/v1. */
const PROTO = `
syntax = "proto3";
message Image { string id = 1; uint64 size = 4; }
message ListImagesResponse { repeated Image images = 1; }
`;

/** What the CRI says that images take, by their IDs: what a kubelet adds up as freed. */
export async function criSizes(address: string): Promise<ReadonlyMap<string, number>> {
  const { root } = protobuf.parse(PROTO);
  const answer = root.lookupType('ListImagesResponse');
  const client = new Client(`unix:${address}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': 64 * 2 ** 20,
  });
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/runtime.v1.ImageService/ListImages',
        () => Buffer.alloc(0),
        (bytes: Buffer) => answer.toObject(answer.decode(bytes), { longs: Number }),
        {},
        { deadline: Date.now() + 30_000 },
        (error, list) => {
          if (error !== null) return reject(error);
          const images = (list?.['images'] ?? []) as { readonly id: string; readonly size: number }[];
          resolve(new Map(images.map(({ id, size }) => [id, size])));
        },
      );
    });
  } finally {
    client.close();
  }
}
