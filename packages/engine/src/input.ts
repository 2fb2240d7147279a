import { micros } from '@kb/model';
import type { FeedInput } from '@kb/feed';
import type { Micros } from '@kb/model';
import { EngineError } from './errors.ts';

/** Everything from outside that can change what a run does. Its input journal holds these and nothing else. */
export type SessionInput = FeedInput | HaltInput | ResumeInput;

/** Somebody pulled the kill switch. */
export interface HaltInput {
  readonly type: 'halt';
  readonly recvTs: Micros;
  readonly cause: string;
}

/** The run had ended or crashed, and goes on: what follows came later, from another connection. */
export interface ResumeInput {
  readonly type: 'resume';
  readonly recvTs: Micros;
}

/** The form in which an input stands in the journal: a frame keeps its text as received. */
export type InputRecord =
  | Exclude<SessionInput, { readonly type: 'frame' }>
  | { readonly type: 'frame'; readonly recvTs: Micros; readonly raw: string }
  | { readonly type: 'frame'; readonly recvTs: Micros; readonly base64: string };

/** A frame that is not valid UTF-8 is kept as base64, so that not one byte is lost. */
export function encodeInput(input: SessionInput): InputRecord {
  if (input.type !== 'frame') return input;
  const { type, recvTs, frame } = input;
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const raw = bytes.toString('utf8');
  return Buffer.byteLength(raw) === bytes.length && !raw.includes('\ufffd')
    ? { type, recvTs, raw }
    : { type, recvTs, base64: bytes.toString('base64') };
}

/** Reads a journal record back. @throws EngineError `KB_ENGINE_BAD_INPUT_JOURNAL`. */
export function decodeInput(record: Readonly<Record<string, unknown>>): SessionInput {
  const { type, recvTs } = record;
  if (typeof recvTs !== 'number') throw badRecord(record);
  const at = micros(recvTs);
  switch (type) {
    case 'frame':
      if (typeof record['raw'] === 'string') return { type, recvTs: at, frame: Buffer.from(record['raw'], 'utf8') };
      if (typeof record['base64'] !== 'string') throw badRecord(record);
      return { type, recvTs: at, frame: Buffer.from(record['base64'], 'base64') };
    case 'tick':
    case 'resume':
      return { type, recvTs: at };
    case 'halt':
      return { type, recvTs: at, cause: String(record['cause']) };
    case 'state':
    case 'trades':
    case 'candles':
    case 'doubt':
    case 'verdict':
    case 'system':
      // Written by encodeInput from a value of this type, and guarded since by the journal's hash chain.
      return { ...record, recvTs: at } as SessionInput;
    default:
      throw badRecord(record);
  }
}

function badRecord(record: unknown): EngineError {
  return new EngineError(
    'KB_ENGINE_BAD_INPUT_JOURNAL',
    `Expected an input record of type frame, state, tick, trades, candles, doubt, verdict, system, halt or resume, was ${JSON.stringify(record).slice(0, 200)}`,
    { hint: 'Was the journal written by a newer version of kb?' },
  );
}
