export { KrakenDecoder } from './decoder.ts';
export { DECODE_ERROR_CODES } from './messages.ts';
export type * from './messages.ts';
export { systemScheduler } from './system-scheduler.ts';
export type * from './transport.ts';
