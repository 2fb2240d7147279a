import { KbError } from '@kb/model';

/** Codes of the errors that `@kb/engine` throws. Adding one is a minor change, changing a meaning is a major one. */
export const ENGINE_ERROR_CODES = ['KB_ENGINE_BAD_CONFIG', 'KB_ENGINE_BAD_INPUT_JOURNAL'] as const;
export type EngineErrorCode = (typeof ENGINE_ERROR_CODES)[number];

/** The engine was asked for something it cannot do; the message says what and where. */
export class EngineError extends KbError<EngineErrorCode> {
  override readonly name = 'EngineError';
}
