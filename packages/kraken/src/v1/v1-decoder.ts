import type { Grid, Micros } from '@kb/model';
import { BookBuffer } from '../book-buffer.ts';
import type { FrameDecoder } from '../frame-decoder.ts';
import { DecodeFault, JsonTreeReader } from '../json-tree.ts';
import type { JsonArray, JsonNode, JsonObject } from '../json-tree.ts';
import type { KrakenMessage, TradeMessage } from '../messages.ts';
import { symbolOfV1 } from '../symbol-names.ts';
import { checkedGrid, MAX_SYMBOLS, SymbolTable, tooManySymbols } from '../symbol-table.ts';
import { arrayOf, badField, minutesToMicros, objectOf, textOrNone } from '../tree-fields.ts';
import { v1ControlFromTree } from './v1-control.ts';
import { gridAt, textOf } from './v1-fields.ts';
import {
  fillV1Book,
  gridOfV1Book,
  gridOfV1Ticker,
  isV1Snapshot,
  v1OhlcFromTree,
  v1SpreadFromTree,
  v1TickerFromTree,
  v1TradeFromTree,
  v1TradeRows,
} from './v1-market.ts';
import type { V1Subject } from './v1-market.ts';

/**
 * Decodes Kraken WebSocket v1 frames, of old recordings and of connections that still speak it, into the messages of v2.
 *
 * Pairs come out as v2 spells them. v1 sends decimals as text of fixed length, longer than a pair's own (XBT/USD has five decimals of
 * price): the first frame of a pair that shows them fixes its grid, so that the checksum, which covers the digits as sent, holds. A
 * grid set by `setGrid` is kept; digits beyond it must be zeros, and the checksums of books, which then could not match, are left out.
 *
 * v1 numbers no trades: they are counted here, from 1 for each pair, so that a gap cannot be seen. Snapshots of books carry no checksum.
 */
export class KrakenV1Decoder implements FrameDecoder {
  readonly inventsTradeIds: boolean = true;
  readonly #symbols = new SymbolTable();
  readonly #book = new BookBuffer();
  readonly #lastTradeId = new Map<string, number>();

  /** Fixes a symbol's precision. @throws ModelError `KB_MODEL_BAD_INSTRUMENT` as `KrakenDecoder.setGrid` does. */
  setGrid(symbol: string, grid: Grid): void {
    if (this.#symbols.set(symbol, checkedGrid(symbol, grid)) === undefined) throw tooManySymbols(symbol);
  }

  gridOf(symbol: string): Grid | undefined {
    return this.#symbols.get(symbol)?.grid;
  }

  decode(frame: Uint8Array): KrakenMessage {
    const reader = new JsonTreeReader(frame);
    let about: { readonly channel: string; readonly symbol: string } | undefined;
    try {
      const root = reader.read();
      if (root.kind === 'object') return v1ControlFromTree(root);
      if (root.kind !== 'array') return { type: 'unknown', channel: undefined };
      const pair = root.items.at(-1);
      // What is not about a pair is private: `[[…],"ownTrades",{"sequence":1}]`.
      if (pair?.kind !== 'string') return { type: 'unknown', channel: textOrNone(root.items.at(-2)) };
      about = subjectOf(root);
      return this.#data(root, about.channel, about.symbol);
    } catch (error) {
      if (!(error instanceof DecodeFault)) throw error;
      const { code, offset, detail } = error;
      return { type: 'malformed', code, offset, detail, channel: about?.channel.split('-')[0], symbol: about?.symbol };
    }
  }

  #data(root: JsonArray, channel: string, symbol: string): KrakenMessage {
    const [name = '', parameter] = channel.split('-');
    switch (name) {
      case 'book':
        if (parameter !== undefined && wholeOf(parameter) === undefined) throw badField(root, `no depth in ${channel}`);
        return this.#readBook(
          root.items.slice(1, -2).map((node) => objectOf(node, 'a book payload')),
          symbol,
        );
      case 'trade':
        return this.#readTrades(v1TradeRows(payloadOf(root)), symbol);
      case 'ticker': {
        const payload = payloadOf(root);
        return this.#read(
          symbol,
          () => gridOfV1Ticker(payload),
          (subject) => v1TickerFromTree(payload, subject),
        );
      }
      case 'spread': {
        const row = arrayOf(payloadOf(root), 'the spread');
        return this.#read(
          symbol,
          () => gridAt(row, 0, 3),
          (subject) => v1SpreadFromTree(row, subject),
        );
      }
      case 'ohlc': {
        const row = arrayOf(payloadOf(root), 'the candle');
        const interval = intervalOf(root, parameter ?? '');
        return this.#read(
          symbol,
          () => gridAt(row, 2, 7),
          (subject) => v1OhlcFromTree(row, subject, interval),
        );
      }
      default:
        return { type: 'unknown', channel };
    }
  }

  #readBook(payloads: readonly JsonObject[], symbol: string): KrakenMessage {
    const learn = (): Grid => {
      const grid = isV1Snapshot(payloads) ? gridOfV1Book(payloads) : undefined;
      if (grid === undefined) throw this.#unknownPrecision(payloads[0], symbol);
      return grid;
    };
    return this.#read(symbol, learn, (subject) => fillV1Book(payloads, subject, this.#book));
  }

  #readTrades(rows: readonly JsonArray[], symbol: string): TradeMessage {
    const [first] = rows;
    if (first === undefined) return { type: 'trade', snapshot: false, trades: [] };
    const read = this.#read(
      symbol,
      () => gridAt(first, 0, 1),
      (subject) => rows.map((row) => v1TradeFromTree(row, subject)),
    );
    // Numbered only now: a frame that is refused must not use up ids.
    const trades = read.map((trade) => ({ ...trade, tradeId: this.#nextTradeId(symbol) }));
    return { type: 'trade', snapshot: false, trades };
  }

  /**
   * Reads what is about a pair. Its decimals fix the pair's when they are not known yet, and only when all of the frame could be read.
   * @param learn The decimals that the frame shows.
   */
  #read<Read>(symbol: string, learn: () => Grid, read: (subject: V1Subject) => Read): Read {
    const known = this.gridOf(symbol);
    const grid = known ?? learn();
    const found = read({ symbol, grid });
    if (known === undefined) this.#lock(symbol, grid);
    return found;
  }

  #lock(symbol: string, grid: Grid): void {
    if (this.#symbols.set(symbol, grid) === undefined) throw this.#unknownPrecision(undefined, symbol);
  }

  #unknownPrecision(node: JsonNode | undefined, symbol: string): DecodeFault {
    const detail =
      node === undefined ? `more than ${MAX_SYMBOLS} symbols` : `no frame has told the decimals of ${symbol} yet`;
    return new DecodeFault('KB_KRAKEN_UNKNOWN_PRECISION', node?.start ?? 0, detail);
  }

  #nextTradeId(symbol: string): number {
    const next = (this.#lastTradeId.get(symbol) ?? 0) + 1;
    this.#lastTradeId.set(symbol, next);
    return next;
  }
}

/** Channel and pair stand at the end: a book update may have one payload or two. */
function subjectOf(root: JsonArray): { channel: string; symbol: string } {
  const [channel, pair] = [root.items.at(-2), root.items.at(-1)];
  if (channel === undefined || pair === undefined || root.items.length < 4) {
    throw badField(root, `expected at least four elements, was ${root.items.length}`);
  }
  const symbol = symbolOfV1(textOf(pair, 'the pair'));
  if (symbol === '') throw badField(pair, 'the pair is empty');
  return { channel: textOf(channel, 'the channel'), symbol };
}

/** The only payload of a frame that has one. */
function payloadOf(root: JsonArray): JsonNode {
  const [first, second] = root.items.slice(1, -2);
  if (first === undefined || second !== undefined) throw badField(second ?? root, 'expected one payload');
  return first;
}

function intervalOf(root: JsonArray, minutes: string): Micros {
  const interval = minutesToMicros(wholeOf(minutes) ?? 0);
  if (interval === undefined || interval === 0) throw badField(root, 'the channel names no interval');
  return interval;
}

function wholeOf(digits: string): number | undefined {
  return /^\d{1,7}$/.test(digits) ? Number(digits) : undefined;
}
