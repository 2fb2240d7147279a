import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/exchange-sim` throws. Adding one is a minor change, changing a meaning is a major one. */
export const SIM_ERROR_CODES = [
  'KB_SIM_BAD_ORDER',
  'KB_SIM_BAD_OPTION',
  'KB_SIM_BAD_ACCOUNTS',
  'KB_SIM_UNKNOWN_SYMBOL',
  'KB_SIM_UNKNOWN_ACCOUNT',
  'KB_SIM_PORT_IN_USE',
  'KB_SIM_CANNOT_LISTEN',
  'KB_SIM_TAPE_EMPTY',
  'KB_SIM_TAPE_DAMAGED',
] as const;

export type SimErrorCode = (typeof SIM_ERROR_CODES)[number];

/** The local exchange was asked for something it cannot do, or was given a recording that it cannot serve. */
export class SimError extends KbError<SimErrorCode> {
  override readonly name = 'SimError';
}
