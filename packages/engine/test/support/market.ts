/**
 * A small seeded market that writes its own Kraken v2 frames, checksums included: no exchange simulator, which this package
 * must not import, but enough of one that quotes are hit and prices wander. One tick is about one basis point.
 */
import { countToDecimal, keyedRandom, lots, micros, microsToIso, ticks } from '@kb/model';
import type { BookChanges, Grid, Micros } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import type { SessionInput } from '../../src/index.ts';

export const START: Micros = micros(1_767_225_600_000_000);
export const GRID: Grid = { pricePrecision: 2, qtyPrecision: 8 };

export interface MarketOptions {
  readonly symbol?: string;
  readonly seed?: number;
  /** Levels a side that are shown. */
  readonly depth?: number;
  /** Best bid at the start, in ticks of 0.01. */
  readonly price?: number;
  /** Share of steps that are trades. */
  readonly tradeShare?: number;
  /** Longest time between two steps, microseconds. */
  readonly pause?: number;
}

type Level = [price: number, size: number];

/** Levels kept out of sight: what comes into view when others go. */
const BEYOND = 30;

export class Market {
  readonly symbol: string;
  readonly depth: number;
  now: number = START;
  readonly #tradeShare: number;
  readonly #pause: number;
  readonly #draw: () => number;
  readonly #bids: Level[] = [];
  readonly #asks: Level[] = [];
  readonly #shown: L2Book;
  #tradeId = 1000;

  constructor(options: MarketOptions = {}) {
    const { symbol = 'SOL/USD', seed = 1, depth = 10, price = 10_000, tradeShare = 0.2, pause = 20_000 } = options;
    this.symbol = symbol;
    this.depth = depth;
    this.#tradeShare = tradeShare;
    this.#pause = pause;
    let draws = 0;
    this.#draw = (): number => keyedRandom(seed, `market ${symbol}`, (draws += 1));
    for (let index = 0; index < depth + BEYOND; index += 1) {
      this.#bids.push([price - index, this.#size()]);
      this.#asks.push([price + 1 + index, this.#size()]);
    }
    this.#shown = new L2Book(symbol, GRID, depth);
    this.#shown.apply(this.#changes(true, this.#bids.slice(0, depth), this.#asks.slice(0, depth)));
  }

  instrument(overrides: Readonly<Record<string, string | number>> = {}): string {
    const [base, quote] = this.symbol.split('/');
    const pair = {
      symbol: this.symbol,
      base,
      quote,
      status: 'online',
      qty_precision: GRID.qtyPrecision,
      qty_increment: 1e-8,
      price_precision: GRID.pricePrecision,
      cost_precision: 5,
      marginable: false,
      has_index: true,
      cost_min: 0.5,
      tick_size: 0.01,
      price_increment: 0.01,
      qty_min: 0.02,
      ...overrides,
    };
    return JSON.stringify({ channel: 'instrument', type: 'snapshot', data: { assets: [], pairs: [pair] } });
  }

  snapshot(): string {
    return this.#frame('snapshot', this.#bids.slice(0, this.depth), this.#asks.slice(0, this.depth));
  }

  /** What happens next, as frames: a trade and the book update that shows it, or an update alone. */
  step(): string[] {
    this.now += 1 + Math.floor(this.#pause * this.#draw());
    if (this.#draw() < this.#tradeShare) return this.#trade();
    const side = this.#draw() < 0.5 ? this.#bids : this.#asks;
    if (this.#spread() > 1) side.unshift([side[0]![0] + (side === this.#bids ? 1 : -1), this.#size()]);
    else if (this.#draw() < 0.1) side.shift();
    else side[Math.floor(this.depth * this.#draw() ** 2)]![1] = this.#size();
    return [this.#update()];
  }

  /** The whole start and `steps` steps, as inputs received 8 ms after they were sent. */
  inputs(steps: number, symbolsFrame: string = this.instrument()): SessionInput[] {
    const frames = [input(this.now, STATUS), input(this.now, symbolsFrame), input(this.now, this.snapshot())];
    for (let step = 0; step < steps; step += 1) {
      for (const frame of this.step()) frames.push(input(this.now, frame));
    }
    return frames;
  }

  #trade(): string[] {
    const [side, taker] = this.#draw() < 0.5 ? ([this.#bids, 'sell'] as const) : ([this.#asks, 'buy'] as const);
    let left = Math.floor(this.#size() * (this.#draw() < 0.2 ? 6 : 1));
    const prints: string[] = [];
    while (left > 0 && prints.length < 5) {
      const best = side[0]!;
      const size = Math.min(left, best[1]);
      left -= size;
      this.#tradeId += 1;
      const figures = `"price":${price(best[0])},"qty":${qty(size)},"ord_type":"limit","trade_id":${this.#tradeId}`;
      prints.push(`{"symbol":"${this.symbol}","side":"${taker}",${figures},"timestamp":"${this.#time()}"}`);
      if (size === best[1]) side.shift();
      else best[1] -= size;
    }
    return [`{"channel":"trade","type":"update","data":[${prints.join(',')}]}`, this.#update()];
  }

  /** Tells the difference between what was shown and what is there now. */
  #update(): string {
    for (const [side, step] of [[this.#bids, -1] as const, [this.#asks, 1] as const]) {
      while (side.length < this.depth + BEYOND) side.push([side.at(-1)![0] + step, this.#size()]);
      side.length = this.depth + BEYOND;
    }
    const bids = this.#difference('buy', this.#bids);
    const asks = this.#difference('sell', this.#asks);
    this.#shown.apply(this.#changes(false, bids, asks));
    return this.#frame('update', bids, asks);
  }

  #difference(side: 'buy' | 'sell', levels: readonly Level[]): Level[] {
    const now = levels.slice(0, this.depth);
    const changed = now.filter(([at, size]) => this.#shown.sizeOf(side, ticks(at)) !== size);
    const gone: Level[] = [];
    for (let index = 0; index < this.#shown.levels(side); index += 1) {
      const at = this.#shown.priceAt(side, index) ?? 0;
      if (!now.some(([other]) => other === at)) gone.push([at, 0]);
    }
    return [...gone, ...changed];
  }

  #changes(snapshot: boolean, bids: readonly Level[], asks: readonly Level[]): BookChanges {
    return {
      snapshot,
      bidCount: bids.length,
      bidPrices: bids.map(([at]) => ticks(at)),
      bidSizes: bids.map(([, size]) => lots(size)),
      askCount: asks.length,
      askPrices: asks.map(([at]) => ticks(at)),
      askSizes: asks.map(([, size]) => lots(size)),
    };
  }

  #frame(type: string, bids: readonly Level[], asks: readonly Level[]): string {
    const texts = (side: readonly Level[]): string =>
      side.map(([at, size]) => `{"price":${price(at)},"qty":${qty(size)}}`).join(',');
    return (
      `{"channel":"book","type":"${type}","data":[{"symbol":"${this.symbol}","bids":[${texts(bids)}],` +
      `"asks":[${texts(asks)}],"checksum":${this.#shown.checksum()},"timestamp":"${this.#time()}"}]}`
    );
  }

  #spread(): number {
    return this.#asks[0]![0] - this.#bids[0]![0];
  }

  /** 0.05 to 5 of the base. */
  #size(): number {
    return Math.floor(5_000_000 * 100 ** this.#draw());
  }

  #time(): string {
    return microsToIso(micros(this.now));
  }
}

export const STATUS =
  '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":1}]}';

export function input(sentAt: number, frame: string): SessionInput {
  return { type: 'frame', recvTs: micros(sentAt + 8_000), frame: Buffer.from(frame) };
}

function price(count: number): string {
  return countToDecimal(count, GRID.pricePrecision);
}

function qty(count: number): string {
  return countToDecimal(count, GRID.qtyPrecision);
}
