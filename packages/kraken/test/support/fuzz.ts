import { KeyedRandom } from '@kb/model';
import type { Grid } from '@kb/model';
import { KrakenDecoder } from '../../src/decoder.ts';
import { DECODE_ERROR_CODES } from '../../src/messages.ts';
import type { KrakenMessage } from '../../src/messages.ts';
import { otherwise, randomBook, venueBook } from './frames.ts';
import { mutate } from './mutations.ts';
import { plainBook, sameBook, sameTrades, slowBook, slowTrades } from './slow-model.ts';

/** A frame that the fuzzer starts from, and the grid of its symbol. */
export interface SeedFrame {
  readonly frame: Uint8Array;
  readonly symbol: string;
  readonly grid: Grid;
}

export interface FuzzResult {
  readonly frames: number;
  /** How many frames were decoded to each type; malformed ones by code. */
  readonly counts: Record<string, number>;
  /** Frames that the decoder took otherwise than the slow model: must stay empty. */
  readonly differences: string[];
  readonly checked: number;
  readonly worstMicros: number;
  readonly worstFrame: Uint8Array;
}

/**
 * Decodes damaged, rewritten and untouched frames.
 *
 * @param checkEvery Of how many accepted book and trade frames one is compared with the slow model.
 */
export function fuzz(
  seeds: readonly SeedFrame[],
  frames: number,
  seed: number,
  checkEvery: number,
  now: () => number,
): FuzzResult {
  const random = new KeyedRandom(seed, 'decoder-fuzz');
  let draws = 0;
  const draw = (): number => random.at((draws += 1));
  const counts: Record<string, number> = {};
  const differences: string[] = [];
  let checked = 0;
  let worstMicros = 0;
  let worstFrame: Uint8Array = new Uint8Array(0);
  let decoder = new KrakenDecoder();
  for (let index = 0; index < frames; index += 1) {
    // A fresh decoder now and then: some symbols are unknown again, some grids are locked by damaged snapshots.
    if (index % 5000 === 0) decoder = new KrakenDecoder();
    const { symbol, grid, frame: original } = seeds[Math.floor(draw() * seeds.length)]!;
    if (index % 64 === 0) decoder.setGrid(symbol, grid);
    const frame = variant(original, symbol, grid, draw);
    const known = decoder.gridOf(symbol);
    const start = now();
    const message = decoder.decode(frame);
    const micros = now() - start;
    if (micros > worstMicros) [worstMicros, worstFrame] = [micros, frame];
    const key = keyOf(message);
    counts[key] = (counts[key] ?? 0) + 1;
    if (index % checkEvery === 0 && known !== undefined) {
      checked += 1;
      const difference = differenceOf(message, frame, symbol, known);
      if (difference !== undefined)
        differences.push(`#${index}: ${difference}: ${Buffer.from(frame).toString('latin1')}`);
    }
  }
  return { frames, counts, differences, checked, worstMicros, worstFrame };
}

function variant(original: Uint8Array, symbol: string, grid: Grid, draw: () => number): Uint8Array {
  const kind = draw();
  if (kind < 0.8) return mutate(original, draw);
  if (kind < 0.85) return original;
  const book = randomBook(draw, symbol);
  const text = kind < 0.9 ? venueBook(book, grid) : otherwise(book, grid, draw);
  return kind < 0.95 ? Buffer.from(text) : mutate(Buffer.from(text), draw);
}

function keyOf(message: KrakenMessage): string {
  if (message.type !== 'malformed') return message.type;
  const known = DECODE_ERROR_CODES.includes(message.code) && Number.isInteger(message.offset) && message.offset >= 0;
  return known ? message.code : 'malformed without a code or an offset';
}

/** What an accepted message says that the slow model does not; the decoder may refuse what the model takes. */
export function differenceOf(
  message: KrakenMessage,
  frame: Uint8Array,
  symbol: string,
  grid: Grid,
): string | undefined {
  if (message.type === 'book') {
    if (message.symbol !== symbol) return undefined; // another symbol has another grid
    const wanted = slowBook(frame, grid);
    return wanted !== undefined && sameBook(plainBook(message), wanted) ? undefined : 'another book';
  }
  if (message.type === 'trade') {
    if (message.trades.some((trade) => trade.symbol !== symbol)) return undefined;
    const wanted = slowTrades(frame, grid);
    return wanted !== undefined && sameTrades(message.trades, wanted) ? undefined : 'other trades';
  }
  return undefined;
}
