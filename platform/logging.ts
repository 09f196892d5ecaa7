import { pino, destination, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A logger that writes one JSON object a line to stderr (or to `stream`), each with `time` (ISO 8601), `level`,
 * `component` and `message`. Messages are constants; what varies goes into fields, an error into `err`.
 */
export function createLogger(options: {
  /** `agent`, `collector`. */
  readonly component: string;
  readonly level: LogLevel;
  readonly stream?: DestinationStream;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { component: options.component },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.stream ?? destination({ fd: 2, sync: true }),
  );
}
