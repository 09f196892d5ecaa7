import type { sendUnaryData, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';

/** `HealthCheckResponse.ServingStatus` in proto/health/health.proto. */
const SERVING = 1;
const NOT_SERVING = 2;

/** The standard health service, `Check` alone: whether sessions are taken and can be served. The request's service name is not looked at. */
export const healthService = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: asBuffer,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: asBuffer,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const satisfies ServiceDefinition;

export function healthHandlers(isServing: () => Promise<boolean>): {
  check(call: ServerUnaryCall<Buffer, Uint8Array>, answer: sendUnaryData<Uint8Array>): void;
} {
  return {
    check(_call, answer) {
      isServing().then(
        (serves) => answer(null, statusMessage(serves ? SERVING : NOT_SERVING)),
        () => answer(null, statusMessage(NOT_SERVING)),
      );
    },
  };
}

/** Field 1, varint. */
function statusMessage(status: number): Uint8Array {
  return protobuf.Writer.create().uint32(8).int32(status).finish();
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
