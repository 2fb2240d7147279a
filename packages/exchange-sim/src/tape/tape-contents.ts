import { instrument, SECOND } from '@kb/model';
import type { Instrument } from '@kb/model';
import { KrakenDecoder } from '@kb/kraken';
import type { BookMessage, KrakenMessage } from '@kb/kraken';
import { SimError } from '../errors.ts';
import { BOOK_DEPTHS } from '../wire/requests.ts';
import type { TapeReader } from './tape-reader.ts';

/** What a recording holds, as far as its beginning tells. */
export interface TapeContents {
  readonly books: readonly { readonly instrument: Instrument; readonly depth: number }[];
  /** How many frames come before the first market data: status, answers, reference data. */
  readonly preamble: number;
}

/** Symbols are looked for this long after the first snapshot; one that appears later is unknown until then. */
const LOOK_AHEAD = 5 * SECOND;

/**
 * Looks at the frames that wait, without taking them.
 * @returns `undefined` when more frames must be read first.
 * @throws SimError `KB_SIM_TAPE_EMPTY` when there is no book snapshot in all that could be read.
 */
export function contentsOf(reader: TapeReader): TapeContents | undefined {
  const decoder = new KrakenDecoder();
  const pairs = new Map<string, Instrument>();
  const depths = new Map<string, number>();
  const books = new Map<string, { instrument: Instrument; depth: number }>();
  let preamble: number | undefined;
  let from: number | undefined;
  for (let index = 0; ; index += 1) {
    const frame = reader.peek(index);
    if (frame === undefined || (from !== undefined && frame.recvTs - from > LOOK_AHEAD)) {
      const sure = reader.ended || reader.full || frame !== undefined;
      if (!sure) return undefined;
      break;
    }
    const message = decoder.decode(frame.raw);
    if (isMarketData(message)) preamble ??= index;
    if (message.type === 'instrument') for (const pair of message.instruments) pairs.set(pair.symbol, pair);
    if (message.type === 'ack' && message.channel === 'book' && message.symbol !== undefined && message.success) {
      if (message.depth !== undefined) depths.set(message.symbol, message.depth);
    }
    if (message.type === 'book' && message.snapshot && !books.has(message.symbol)) {
      from ??= frame.recvTs;
      books.set(message.symbol, {
        instrument: pairs.get(message.symbol) ?? instrument({ symbol: message.symbol, ...gridOf(decoder, message) }),
        depth: depths.get(message.symbol) ?? depthOf(message),
      });
    }
  }
  if (books.size === 0) {
    throw new SimError('KB_SIM_TAPE_EMPTY', 'Expected a recording with a book snapshot, found none', {
      cause: reader.failure,
      hint: 'Record the book channel, or check that the file is a recording of WebSocket v2.',
    });
  }
  return { books: [...books.values()], preamble: preamble ?? 0 };
}

/** An update before the first snapshot counts too, though its precision is not known yet. */
function isMarketData(message: KrakenMessage): boolean {
  const channel = message.type === 'malformed' ? message.channel : message.type;
  return channel === 'book' || channel === 'trade' || channel === 'ticker';
}

function gridOf(decoder: KrakenDecoder, message: BookMessage): { pricePrecision: number; qtyPrecision: number } {
  const { pricePrecision, qtyPrecision } = decoder.gridOf(message.symbol) ?? { pricePrecision: 0, qtyPrecision: 0 };
  return { pricePrecision, qtyPrecision };
}

/** The depth that a snapshot of so many levels was most likely asked for, where no answer says it. */
export function depthOf(snapshot: BookMessage): number {
  const levels = Math.max(snapshot.bidCount, snapshot.askCount);
  return BOOK_DEPTHS.find((depth) => depth >= levels) ?? levels;
}
