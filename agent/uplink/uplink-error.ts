/**
 * Why a session ended against our will.
 * - `transport`: the stream broke or could not be opened.
 * - `timeout`: the collector did not answer in time.
 * - `protocol`: the collector said something that makes no sense here.
 * - `limit`: a message is larger than agreed.
 * - `ended`: the session is over already; nothing more can be sent on it.
 */
export class UplinkError extends Error {
  readonly code: 'transport' | 'timeout' | 'protocol' | 'limit' | 'ended';

  constructor(code: UplinkError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UplinkError';
    this.code = code;
  }
}
