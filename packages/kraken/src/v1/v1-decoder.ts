import { micros } from '@kb/model';
import type { Grid, Micros } from '@kb/model';
import { BookBuffer } from '../book-buffer.ts';
import type { FrameDecoder } from '../frame-decoder.ts';
import { DecodeFault, JsonTreeReader } from '../json-tree.ts';
import type { JsonArray, JsonNode, JsonObject } from '../json-tree.ts';
import type { KrakenMessage } from '../messages.ts';
import { symbolOfV1 } from '../symbol-names.ts';
import { checkedGrid, MAX_SYMBOLS, SymbolTable, tooManySymbols } from '../symbol-table.ts';
import { badField, objectOf } from '../tree-fields.ts';
import { v1ControlFromTree } from './v1-control.ts';
import { decimalsAt, textOf } from './v1-fields.ts';
import {
  fillV1Book,
  gridOfV1Book,
  isV1Snapshot,
  v1OhlcFromTree,
  v1SpreadFromTree,
  v1TickerFromTree,
  v1TradesFromTree,
} from './v1-market.ts';
import type { V1Subject } from './v1-market.ts';

/**
 * Decodes Kraken WebSocket v1 frames, of old recordings and of connections that still speak it, into the messages of v2.
 *
 * Pairs come out as v2 spells them. v1 sends decimals as text of fixed length, longer than a pair's own (XBT/USD has five decimals of
 * price): the first frame of a pair that shows them fixes its grid, so that the checksum, which covers the digits as sent, holds. A
 * grid set by `setGrid` is kept; digits beyond it must be zeros, and a book then cannot be verified.
 *
 * v1 numbers no trades: they are counted here, from 1 for each pair, so that a gap cannot be seen. Snapshots of books carry no checksum.
 */
export class KrakenV1Decoder implements FrameDecoder {
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
      about = subjectOf(root);
      return this.#data(root, about.channel, about.symbol);
    } catch (error) {
      if (!(error instanceof DecodeFault)) throw error;
      const { code, offset, detail } = error;
      return { type: 'malformed', code, offset, detail, channel: about?.channel.split('-')[0], symbol: about?.symbol };
    }
  }

  #data(root: JsonArray, channel: string, symbol: string): KrakenMessage {
    const payloads = root.items.slice(1, -2);
    const [first] = payloads;
    if (first === undefined) throw badField(root, 'a payload is missing');
    const [name = '', parameter = ''] = channel.split('-');
    switch (name) {
      case 'book':
        return this.#readBook(
          payloads.map((node) => objectOf(node, 'a book payload')),
          symbol,
        );
      case 'trade':
        return v1TradesFromTree(first, this.#subject(symbol, first, 0, 1), () => this.#nextTradeId(symbol));
      case 'ticker':
        return v1TickerFromTree(first, this.#tickerSubject(symbol, first));
      case 'spread':
        return v1SpreadFromTree(first, this.#subject(symbol, first, 0, 3));
      case 'ohlc':
        return v1OhlcFromTree(first, this.#subject(symbol, first, 2, 7), intervalOf(root, parameter));
      default:
        return { type: 'unknown', channel };
    }
  }

  #readBook(payloads: readonly JsonObject[], symbol: string): KrakenMessage {
    const known = this.gridOf(symbol);
    const grid = known ?? (payloads.some(isV1Snapshot) ? gridOfV1Book(payloads) : undefined);
    if (grid === undefined) throw this.#unknownPrecision(payloads[0], symbol);
    const message = fillV1Book(payloads, { symbol, grid }, this.#book);
    if (known === undefined) this.#lock(symbol, grid);
    return message;
  }

  /** Who a list is about; its decimals fix the pair's when they are not known yet. */
  #subject(symbol: string, payload: JsonNode, price: number, size: number): V1Subject {
    const known = this.gridOf(symbol);
    if (known !== undefined) return { symbol, grid: known };
    const list = payload.kind === 'array' && payload.items[0]?.kind === 'array' ? payload.items[0] : payload;
    if (list.kind !== 'array') throw badField(payload, `expected a list, was ${payload.kind}`);
    const grid = {
      pricePrecision: decimalsAt(list, price, 'the price'),
      qtyPrecision: decimalsAt(list, size, 'the volume'),
    };
    return { symbol, grid: this.#lock(symbol, grid) };
  }

  #tickerSubject(symbol: string, payload: JsonNode): V1Subject {
    const known = this.gridOf(symbol);
    if (known !== undefined) return { symbol, grid: known };
    const last = objectOf(payload, 'the ticker').members.get('c');
    if (last?.kind !== 'array') throw badField(payload, '"c" is missing');
    return this.#subject(symbol, last, 0, 1);
  }

  #lock(symbol: string, grid: Grid): Grid {
    if (this.#symbols.set(symbol, grid) === undefined) throw this.#unknownPrecision(undefined, symbol);
    return grid;
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
  return { channel: textOf(channel, 'the channel'), symbol: symbolOfV1(textOf(pair, 'the pair')) };
}

function intervalOf(root: JsonArray, minutes: string): Micros {
  if (!/^\d{1,7}$/.test(minutes) || Number(minutes) === 0) throw badField(root, 'the channel names no interval');
  return micros(Number(minutes) * 60_000_000);
}
