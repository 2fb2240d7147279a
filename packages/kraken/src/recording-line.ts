import { isUtf8 } from 'node:buffer';
import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** What a line of a recording tells: a frame received or sent, or the socket opening or closing. */
export type RecordedDirection = 'rx' | 'tx' | 'open' | 'close';

/** One line of a recording. */
export interface RecordedFrame {
  /** Local receive time. */
  readonly recvTs: Micros;
  /** The same in nanoseconds, as recorded. */
  readonly tsNs: string;
  readonly dir: RecordedDirection;
  /** The frame, byte for byte; the URL of an `open`, the reason of a `close`. */
  readonly raw: Uint8Array;
}

/**
 * Writes one line of a recording, newline included: `{"ts":"<ns>","dir":"rx","raw":"<frame>"}`. An `open` line names its
 * text `url`. Bytes that are not UTF-8, which JSON text cannot hold, are kept in base64 as `raw_base64`.
 */
export function encodeRecordedFrame(recvTs: Micros, dir: RecordedDirection, raw: Uint8Array | string): string {
  const head = `{"ts":"${recvTs === 0 ? '0' : `${recvTs}000`}","dir":"${dir}",`;
  if (typeof raw !== 'string' && !isUtf8(raw)) {
    return `${head}"raw_base64":"${bufferOver(raw).toString('base64')}"}\n`;
  }
  const text = typeof raw === 'string' ? raw : bufferOver(raw).toString('utf8');
  return `${head}"${dir === 'open' ? 'url' : 'raw'}":${JSON.stringify(text)}}\n`;
}

/** Reads one line of a recording. @returns What is wrong with it, in words, when it is none. */
export function decodeRecordedLine(line: Uint8Array): RecordedFrame | string {
  if (!isUtf8(line)) return 'invalid UTF-8';
  const value = parse(bufferOver(line).toString('utf8'));
  if (typeof value !== 'object' || value === null) return 'not a JSON object';
  const { ts, dir } = value as Partial<Record<string, unknown>>;
  if (typeof ts !== 'string' || !/^\d{1,19}$/.test(ts)) return '"ts" is not a string of nanoseconds';
  if (dir !== 'rx' && dir !== 'tx' && dir !== 'open' && dir !== 'close') return '"dir" is not rx, tx, open or close';
  const raw = rawOf(value, dir);
  if (typeof raw === 'string') return raw;
  const recvTs = Number(ts.slice(0, -3));
  if (!Number.isSafeInteger(recvTs)) return '"ts" is out of range';
  return { recvTs: micros(recvTs), tsNs: ts, dir, raw };
}

/** The bytes of a line, or what is wrong with them, in words. */
function rawOf(line: object, dir: RecordedDirection): Uint8Array | string {
  const { raw, url, raw_base64: base64, reason } = line as Partial<Record<string, unknown>>;
  if (typeof raw === 'string') return Buffer.from(raw, 'utf8');
  if (typeof base64 === 'string') {
    const bytes = Buffer.from(base64, 'base64');
    // Node skips what is not base64: a damaged text would give other bytes than were recorded.
    return bytes.toString('base64') === base64 ? bytes : '"raw_base64" is not base64';
  }
  if (dir === 'open') return Buffer.from(typeof url === 'string' ? url : '', 'utf8');
  if (dir === 'close') return Buffer.from(typeof reason === 'string' ? reason : '', 'utf8');
  return '"raw" is not a string';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told to the caller as "not a JSON object".
    return undefined;
  }
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
