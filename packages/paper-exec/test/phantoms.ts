/**
 * Experiment E2 of the execution reference, section 6.2: orders too small to matter are placed at the best of a real
 * order-by-order recording, where it is known when each would have filled, and the paper venue is asked the same while it sees
 * only price levels and prints.
 *
 * Truth: the first execution at the order's price of somebody who came after it, or at a worse price, or an arrival on the
 * other side at its price or beyond.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { instrument, KeyedRandom, lots, micros, opposite, SECOND, ticks } from '@kb/model';
import type {
  BookChanges,
  Instrument,
  Level3Change,
  Level3Changes,
  Lots,
  MarketEvent,
  Micros,
  QueueModelId,
  Side,
  Ticks,
} from '@kb/model';
import { L3Book, TreeBook } from '@kb/orderbook';
import { PaperVenue, QUEUE_MODEL_IDS } from '../src/index.ts';

const PAIR: Instrument = instrument({ symbol: 'AAPL/USD', pricePrecision: 2, qtyPrecision: 0 });
const LIFE = 30 * SECOND;
const OPEN = 34_200 * SECOND; // 09:30

/** One row of LOBSTER's message file; type 1 new, 2 partial cancel, 3 delete, 4 visible execution, 5 hidden execution. */
interface Row {
  readonly time: Micros;
  readonly type: number;
  readonly id: number;
  readonly size: Lots;
  readonly price: Ticks;
  /** Side of the resting order. */
  readonly side: Side;
}

interface RealOrder {
  readonly arrival: number;
  size: number;
}

/** A venue of its own, and the phantom that stands there. */
interface Desk {
  readonly venue: PaperVenue;
  readonly random: KeyedRandom;
  /** How many phantoms it has placed. */
  placed: number;
  phantom: Phantom | undefined;
  restUntil: number;
}

interface Phantom {
  readonly id: string;
  readonly side: Side;
  readonly price: Ticks;
  readonly placedAt: Micros;
  /** How many real orders had arrived before it. */
  readonly arrivals: number;
  filledAt: Micros | undefined;
  readonly paperFilledAt: Partial<Record<QueueModelId, Micros>>;
}

export interface Fidelity {
  /** Phantoms that lived their 30 s. */
  readonly phantoms: number;
  /** Paper fills over true fills. */
  readonly ratio: number;
  /** Shares of all phantoms. */
  readonly falseFills: number;
  readonly missedFills: number;
  /** Share of joint fills whose time is right within 100 ms. */
  readonly within100Ms: number;
}

export interface ExperimentOptions {
  /** How many phantoms live at a time, each at a venue of its own. */
  readonly venues: number;
  /** How far the tape runs behind the book (or, negative, before it), in microseconds of the venue's own stamps. */
  readonly tapeLag: number;
  readonly seed: number;
  /** All when left out; `risk-averse` must be among them. */
  readonly models?: readonly QueueModelId[];
  /** Tell the venue of single orders too. */
  readonly level3?: boolean;
}

/** Runs the experiment over a LOBSTER message file. */
export function experiment(file: URL, options: ExperimentOptions): Record<QueueModelId, Fidelity> {
  const run = new Experiment(options);
  for (const row of readRows(file)) run.row(row);
  const table = Object.fromEntries(QUEUE_MODEL_IDS.map((model) => [model, run.fidelity(model)]));
  return table as Record<QueueModelId, Fidelity>;
}

function readRows(file: URL): Row[] {
  const rows: Row[] = [];
  for (const line of gunzipSync(readFileSync(file)).toString().trim().split('\n')) {
    const [seconds = '', type = 0, id = 0, size = 0, price = 0, direction = 0] = line.split(',').map(Number);
    if (type === 5 || Number(price) % 100 !== 0) continue; // hidden, or not on the cent grid: not in the public book
    rows.push({
      time: micros(Math.round(Number(seconds) * SECOND)),
      type: Number(type),
      id: Number(id),
      size: lots(Number(size)),
      price: ticks(Number(price) / 100),
      side: direction === 1 ? 'buy' : 'sell',
    });
  }
  return rows;
}

class Experiment {
  readonly #options: ExperimentOptions;
  readonly #random: KeyedRandom;
  readonly #book = new TreeBook(PAIR.symbol, PAIR, Number.POSITIVE_INFINITY);
  readonly #orderBook = new L3Book(PAIR.symbol, PAIR, Number.POSITIVE_INFINITY, { queueBy: 'sent' });
  readonly #orders = new Map<number, RealOrder>();
  readonly #sizes: Record<Side, Map<Ticks, number>> = { buy: new Map(), sell: new Map() };
  readonly #desks: Desk[];
  readonly #phantoms = new Map<string, Phantom>();
  readonly #finished: Phantom[] = [];
  #toldOrders = false;
  #arrivals = 0;
  #seq = 0;
  #tradeId = 0;
  #now: Micros = micros(OPEN);

  constructor(options: ExperimentOptions) {
    this.#options = options;
    this.#random = new KeyedRandom(options.seed, 'phantoms');
    this.#desks = Array.from({ length: options.venues }, (_, index) => ({
      random: new KeyedRandom(options.seed, `desk ${index}`),
      placed: 0,
      venue: new PaperVenue({
        instruments: [PAIR],
        latency: { feed: micros(0), entry: micros(0), ack: micros(0) },
        fees: { maker: '0', taker: '0' },
        balances: { AAPL: '1000', USD: '1000000' },
        models: options.models ?? QUEUE_MODEL_IDS,
        follow: 'risk-averse',
        onShadowFill: (model, fill) => this.#paperFill(model, fill.clientOrderId, fill.venueTs),
      }),
      phantom: undefined,
      // Spread over a whole life, or they would all stand at the same places at the same times: the same order many times.
      restUntil: OPEN + 60 * SECOND + LIFE * this.#random.at(index),
    }));
  }

  row(row: Row): void {
    this.#turnOver(row.time);
    const events = this.#apply(row);
    if (this.#options.tapeLag > 0) events.reverse();
    for (const event of events) {
      for (const { venue } of this.#desks) {
        venue.onEvent(event);
        venue.drain(event.venueTs, event.recvTs, (report) => {
          if (report.type === 'fill') this.#paperFill('risk-averse', report.clientOrderId, report.venueTs);
        });
      }
    }
    this.#now = row.time;
  }

  fidelity(model: QueueModelId): Fidelity {
    let paper = 0;
    let truth = 0;
    let joint = 0;
    let inTime = 0;
    for (const { placedAt, filledAt, paperFilledAt } of this.#finished) {
      const estimate = paperFilledAt[model];
      const isPaper = estimate !== undefined && estimate - placedAt <= LIFE;
      const isTrue = filledAt !== undefined && filledAt - placedAt <= LIFE;
      paper += Number(isPaper);
      truth += Number(isTrue);
      if (!isPaper || !isTrue) continue;
      joint += 1;
      inTime += Number(Math.abs(estimate - filledAt) <= SECOND / 10);
    }
    const phantoms = this.#finished.length;
    return {
      phantoms,
      ratio: paper / truth,
      falseFills: (paper - joint) / phantoms,
      missedFills: (truth - joint) / phantoms,
      within100Ms: inTime / joint,
    };
  }

  /** Ends phantoms that have lived, and places new ones at the best, as the last thing of the instant before. */
  #turnOver(next: Micros): void {
    const common = { strategyId: 'phantom', reason: 'experiment', confidence: 1, symbol: PAIR.symbol } as const;
    for (const desk of this.#desks) {
      const { phantom, venue } = desk;
      if (phantom !== undefined && next - phantom.placedAt > LIFE) {
        venue.submit({ type: 'cancel', ...common, clientOrderId: phantom.id }, this.#now);
        this.#finished.push(phantom);
        desk.phantom = undefined;
        desk.restUntil = next + 3 * SECOND * desk.random.at(desk.placed, 1);
      }
      if (desk.phantom !== undefined || next < desk.restUntil) continue;
      const id = `p${this.#phantoms.size}`;
      const side: Side = desk.random.at(desk.placed) < 0.5 ? 'buy' : 'sell';
      const price = side === 'buy' ? this.#book.bestBid() : this.#book.bestAsk();
      if (price === undefined) continue;
      const paperFilledAt = {};
      desk.phantom = {
        id,
        side,
        price,
        placedAt: this.#now,
        arrivals: this.#arrivals,
        filledAt: undefined,
        paperFilledAt,
      };
      desk.placed += 1;
      this.#phantoms.set(id, desk.phantom);
      const order = { side, orderType: 'limit', price, size: lots(1), timeInForce: 'gtc', postOnly: false } as const;
      venue.submit({ type: 'place', ...common, clientOrderId: id, ...order }, this.#now);
    }
  }

  /** The real market moves: what the public feed says of it, the print first. */
  #apply(row: Row): MarketEvent[] {
    const { type, id, size, side } = row;
    const order = this.#orders.get(id);
    if (type === 1) {
      this.#arrivals += 1;
      this.#orders.set(id, { arrival: this.#arrivals, size });
      this.#meet(row, (phantom) => phantom.side !== side && isWorseOrEqual(phantom, row.price));
      return [this.#level(row, size), ...this.#single(row, 'add', size)];
    }
    const events: MarketEvent[] = [];
    if (type === 4) {
      this.#meet(row, (phantom) => {
        if (phantom.side !== side) return false;
        if (phantom.price !== row.price) return isWorseOrEqual(phantom, row.price);
        return order !== undefined && order.arrival > phantom.arrivals;
      });
      events.push(this.#print(row));
    }
    if (order === undefined) return events; // it rested before the recording began
    order.size -= size;
    if (type === 3 || order.size <= 0) this.#orders.delete(id);
    events.push(this.#level(row, -1 * size));
    const isLeft = type !== 3 && order.size > 0;
    events.push(...this.#single(row, isLeft ? 'modify' : 'delete', lots(isLeft ? order.size : 0)));
    return events;
  }

  /** What the venue's channel of single orders says, when it has one. */
  #single(row: Row, event: Level3Change['event'], size: Lots): MarketEvent[] {
    if (this.#options.level3 !== true) return [];
    const timestamp = new Date(row.time / 1000).toISOString();
    const change = { event, orderId: String(row.id), price: row.price, size, timestamp };
    const snapshot = !this.#toldOrders;
    this.#toldOrders = true;
    const changes: Level3Changes = {
      snapshot,
      bids: row.side === 'buy' ? [change] : [],
      asks: row.side === 'buy' ? [] : [change],
    };
    const book = this.#orderBook;
    book.apply(changes);
    const lag = Math.max(0, -this.#options.tapeLag);
    return [{ type: 'level3', ...this.#base(row.time, lag), book, changes, snapshot, verified: true }];
  }

  #meet(row: Row, isMet: (phantom: Phantom) => boolean): void {
    for (const { phantom } of this.#desks) {
      if (phantom !== undefined && phantom.filledAt === undefined && isMet(phantom)) phantom.filledAt = row.time;
    }
  }

  #level({ time, side, price }: Row, change: number): MarketEvent {
    const size = Math.max(0, (this.#sizes[side].get(price) ?? 0) + change);
    this.#sizes[side].set(price, size);
    const isBid = side === 'buy';
    const changes: BookChanges = {
      snapshot: this.#seq === 0,
      bidCount: isBid ? 1 : 0,
      bidPrices: [price],
      bidSizes: [lots(size)],
      askCount: isBid ? 0 : 1,
      askPrices: [price],
      askSizes: [lots(size)],
    };
    const book = this.#book;
    book.apply(changes);
    const lag = Math.max(0, -this.#options.tapeLag);
    return { type: 'book', ...this.#base(time, lag), book, changes, snapshot: changes.snapshot, verified: true };
  }

  #print({ time, side, price, size }: Row): MarketEvent {
    this.#tradeId += 1;
    const base = this.#base(time, Math.max(0, this.#options.tapeLag));
    return { type: 'trade', ...base, tradeId: this.#tradeId, price, size, taker: opposite(side), historical: false };
  }

  #base(time: Micros, lag: number): { seq: number; venueTs: Micros; recvTs: Micros; symbol: string } {
    this.#seq += 1;
    return { seq: this.#seq, venueTs: micros(time + lag), recvTs: time, symbol: PAIR.symbol };
  }

  #paperFill(model: QueueModelId, id: string, at: Micros): void {
    const phantom = this.#phantoms.get(id);
    if (phantom !== undefined) phantom.paperFilledAt[model] ??= at;
  }
}

/** Whether a price is the phantom's or one that only trades once the phantom has. */
function isWorseOrEqual({ side, price }: Phantom, other: Ticks): boolean {
  return side === 'buy' ? other <= price : other >= price;
}
