import { KbError } from '@kb/model';

/** Codes of what can be wrong with a recording. Adding one is a minor change, changing a meaning is a major one. */
export const RECORDING_ERROR_CODES = [
  'KB_KRAKEN_RECORDING_MISSING',
  'KB_KRAKEN_RECORDING_UNREADABLE',
  'KB_KRAKEN_RECORDING_TRUNCATED',
  'KB_KRAKEN_RECORDING_BAD_LINE',
] as const;
export type RecordingErrorCode = (typeof RECORDING_ERROR_CODES)[number];

/** A recording that is not there, cannot be read, or is damaged. */
export class RecordingError extends KbError<RecordingErrorCode> {
  override readonly name = 'RecordingError';
  readonly path: string;
  /** The line of the damage, from 1; `undefined` when the file could not be opened. */
  readonly line: number | undefined;

  constructor(
    code: RecordingErrorCode,
    path: string,
    line: number | undefined,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(code, `${path}${line === undefined ? '' : `:${line}`}: ${message}`, options);
    this.path = path;
    this.line = line;
  }
}
