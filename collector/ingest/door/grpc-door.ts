import { ServerCredentials, type Server } from '@grpc/grpc-js';
import { createDoor, type Door, type DoorOptions } from './door.ts';
import type { SecurityRecord } from './security-record.ts';
import type { TurnedAway } from './turned-away.ts';

/** What a door into a gRPC server is told beside what any door is. */
export interface GrpcDoorOptions extends Omit<DoorOptions, 'admit' | 'onTurnedAway'> {
  readonly record: SecurityRecord;
  /** Beside the record. Must be quick, and not throw. */
  readonly onTurnedAway: ((one: TurnedAway) => void) | undefined;
}

/** A door into a gRPC server, which thus has only connections whose handshake is done. */
export function createGrpcDoor(server: Server, options: GrpcDoorOptions): Door {
  const { record, onTurnedAway, ...others } = options;
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return createDoor({
    ...others,
    admit: (socket) => injector.injectConnection(socket),
    onTurnedAway(one) {
      record.note(one);
      onTurnedAway?.(one);
    },
  });
}
