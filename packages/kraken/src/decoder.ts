import type { Grid } from '@kb/model';
import { BookBuffer } from './book-buffer.ts';
import { readVenueBook } from './fast-book.ts';
import { readVenueTrades } from './fast-trade.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { FrameScanner } from './frame-scanner.ts';
import { DecodeFault, JsonTreeReader } from './json-tree.ts';
import type { JsonNode } from './json-tree.ts';
import type { InstrumentMessage, KrakenMessage } from './messages.ts';
import { checkedGrid, SymbolTable, tooManySymbols } from './symbol-table.ts';
import { bookFromTree } from './tree-book.ts';
import { answerFromTree, statusFromTree } from './tree-control.ts';
import { level3FromTree } from './tree-level3.ts';
import { instrumentsFromTree, tickerFromTree, tradesFromTree } from './tree-market.ts';
import { ohlcFromTree } from './tree-ohlc.ts';

/**
 * Decodes Kraken WebSocket v2 frames from bytes, prices and sizes straight into ticks and lots.
 *
 * Book and trade frames written exactly as the venue writes them take a path that reads each byte once; every other frame,
 * and every frame on which that path sees anything unusual, is read as JSON of any order and spacing. Both give the same
 * message. What is malformed, off its grid or out of range is refused whole, with a code and a byte offset.
 */
export class KrakenDecoder implements FrameDecoder {
  readonly #symbols = new SymbolTable();
  readonly #book = new BookBuffer();
  readonly #scanner = new FrameScanner();

  /**
   * Fixes a symbol's precision (from configuration). An instrument frame that tells another one replaces it.
   * @throws ModelError `KB_MODEL_BAD_INSTRUMENT` when a precision is not a whole number from 0 to 15, or for one symbol more
   *   than the 16,384 that are remembered.
   */
  setGrid(symbol: string, grid: Grid): void {
    if (this.#symbols.set(symbol, checkedGrid(symbol, grid)) === undefined) throw tooManySymbols(symbol);
  }

  /** The precision known for a symbol: set, taken from an instrument frame, or locked from its first snapshot of a book or of orders. */
  gridOf(symbol: string): Grid | undefined {
    return this.#symbols.get(symbol)?.grid;
  }

  /**
   * Decodes one frame. Never throws: what is wrong comes back as a `malformed` message, and nothing of that frame counts.
   * A `book` message is reused by the next call.
   */
  decode(frame: Uint8Array): KrakenMessage {
    // `{"channel":"book` and `{"channel":"trade` differ here; what else starts so, the scans find out.
    const letter = frame[CHANNEL_OFFSET];
    if (letter === LETTER_B) {
      if (this.#scanner.load(frame) && readVenueBook(this.#scanner, this.#symbols, this.#book)) return this.#book;
    } else if (letter === LETTER_T && this.#scanner.load(frame)) {
      const message = readVenueTrades(this.#scanner, this.#symbols);
      if (message !== undefined) return message;
    }
    return this.#decodeTree(frame);
  }

  #decodeTree(frame: Uint8Array): KrakenMessage {
    const reader = new JsonTreeReader(frame);
    try {
      return this.#message(reader.read());
    } catch (error) {
      if (!(error instanceof DecodeFault)) throw error;
      const { code, offset, detail } = error;
      return { type: 'malformed', code, offset, detail, channel: reader.channel, symbol: reader.symbol };
    }
  }

  #message(root: JsonNode): KrakenMessage {
    if (root.kind !== 'object') return { type: 'unknown', channel: undefined };
    const channel = root.members.get('channel');
    if (channel?.kind !== 'string') return answerFromTree(root);
    switch (channel.text) {
      case 'book':
        return bookFromTree(root, this.#symbols, this.#book);
      case 'trade':
        return tradesFromTree(root, this.#symbols);
      case 'ticker':
        return tickerFromTree(root, this.#symbols);
      case 'ohlc':
        return ohlcFromTree(root, this.#symbols);
      case 'level3':
        return level3FromTree(root, this.#symbols);
      case 'instrument':
        return this.#takeGrids(instrumentsFromTree(root));
      case 'status':
        return statusFromTree(root);
      case 'heartbeat':
        return { type: 'heartbeat' };
      default:
        return { type: 'unknown', channel: channel.text };
    }
  }

  #takeGrids(message: InstrumentMessage): InstrumentMessage {
    for (const instrument of message.instruments) this.#symbols.set(instrument.symbol, instrument);
    return message;
  }
}

const CHANNEL_OFFSET = '{"channel":"'.length;
const LETTER_B = 0x62;
const LETTER_T = 0x74;
