import { instrument, micros, priceToTicks, SECOND } from '@kb/model';
import type { CancelTask, Instrument, InstrumentSpec, Lots, Micros, Scheduler, Side, Ticks } from '@kb/model';
import { SimError } from './errors.ts';
import { FLOW_PRESETS } from './flow/flow-parameters.ts';
import type { FlowParameters, FlowPreset } from './flow/flow-parameters.ts';
import { ZeroIntelligence } from './flow/zero-intelligence.ts';
import type { FlowCounts } from './flow/zero-intelligence.ts';
import { MarketHistory } from './history/market-history.ts';
import { Matcher } from './matching/matcher.ts';
import { Publisher } from './publishing/publisher.ts';
import type { PrintedTrade } from './wire/data-frames.ts';
import type { FrameWriter } from './wire/frame-writer.ts';

/** One instrument of the local exchange and the flow that moves it. */
export interface MarketOptions {
  readonly instrument: InstrumentSpec;
  /** A preset's name or parameters of your own; `demo` when left out. */
  readonly flow?: FlowPreset | FlowParameters;
  /** Decimal text. */
  readonly startPrice: string;
}

/** What the matcher lets outsiders see. */
export type MatcherView = Pick<
  Matcher,
  'best' | 'worst' | 'levels' | 'total' | 'volumeTo' | 'order' | 'queue' | 'walk'
>;

/** The truth about a market, which its public messages only show in part. Live: read, and do not keep. */
export interface MarketTruth {
  readonly instrument: Instrument;
  /** Every resting order and its place in the queue. */
  readonly orders: MatcherView;
  /** The flow's reference price in ticks with a fraction; `undefined` where it has none. */
  readonly reference: number | undefined;
  readonly counts: Readonly<FlowCounts>;
  /** The latest 50 trades, oldest first. */
  readonly recentTrades: readonly PrintedTrade[];
  /** Venue time of the latest instant that was published. */
  readonly venueTs: Micros;
  /** Frames published, counted once however many clients got them. */
  readonly frames: number;
}

/** How late the timer may be before the market's clock is stopped for the time lost, instead of catching up in a burst. */
const MOST_LATE = SECOND;

/** Simulated before the exchange opens, so that the first client finds a market with a past. */
const WARM_UP = 60 * SECOND;

/**
 * One instrument: its matcher, the flow that feeds it and the publisher that tells of it, kept to the scheduler's time. Each
 * event happens at its own due time, whenever the timer runs: the same seed makes the same market on a late machine.
 */
export class Market implements MarketTruth {
  readonly instrument: Instrument;
  readonly orders: Matcher;
  readonly publisher: Publisher;
  venueTs: Micros;
  /** All that happened by then has been published, and nothing later: the venue time of a snapshot. */
  present: Micros;
  readonly #history = new MarketHistory();
  readonly #scheduler: Scheduler;
  readonly #flow: ZeroIntelligence;
  /** Venue time minus the flow's own time. */
  #offset: number;
  #running = false;
  #cancelTimer: CancelTask = () => undefined;

  constructor(options: MarketOptions, seed: number, scheduler: Scheduler, writer: FrameWriter) {
    this.instrument = instrument(options.instrument);
    if (!/^[\x21-\x7e]+$/.test(this.instrument.symbol)) {
      throw new SimError('KB_SIM_BAD_OPTION', `Expected a symbol in ASCII, was ${this.instrument.symbol}`);
    }
    const { flow = 'demo' } = options;
    this.publisher = new Publisher(this.instrument, {
      writer,
      history: this.#history,
      orderIdText: String,
      matcher: () => this.orders,
    });
    this.#scheduler = scheduler;
    this.#offset = scheduler.now() - WARM_UP;
    this.venueTs = micros(this.#offset);
    this.present = this.venueTs;
    this.orders = new Matcher({
      onTrade: (tradeId, _maker, _taker, taker, price, size, orderType) =>
        this.publisher.trade({ tradeId, taker, price, size, orderType, venueTs: this.venueTs }),
      onLevel: (side: Side, price: Ticks, total: Lots) => this.publisher.level(side, price, total),
      onQueued: () => undefined,
      onResized: () => undefined,
      onUnqueued: () => undefined,
      onDone: () => undefined,
    });
    this.#flow = new ZeroIntelligence({
      instrument: this.instrument,
      flow: typeof flow === 'string' ? FLOW_PRESETS[flow] : flow,
      matcher: this.orders,
      seed,
      startPrice: priceToTicks(this.instrument, options.startPrice),
    });
    this.#runTo(scheduler.now());
  }

  get reference(): number | undefined {
    return this.#flow.reference;
  }

  get counts(): Readonly<FlowCounts> {
    return this.#flow.counts;
  }

  get recentTrades(): readonly PrintedTrade[] {
    return this.#history.trades(50);
  }

  get frames(): number {
    return this.publisher.frames;
  }

  /** Lets time pass from now on; where it stood still, nothing has happened meanwhile. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const now = this.#scheduler.now();
    this.#offset += Math.max(0, now - this.#nextDue());
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.#cancelTimer();
  }

  /** Does all that is due by now. */
  catchUp(): void {
    if (!this.#running) return;
    const now = this.#scheduler.now();
    const late = now - this.#nextDue();
    if (late > MOST_LATE) this.#offset += late;
    this.#runTo(now);
  }

  #arm(): void {
    this.#cancelTimer = this.#scheduler.after(micros(Math.max(0, this.#nextDue() - this.#scheduler.now())), () => {
      this.catchUp();
      if (this.#running) this.#arm();
    });
  }

  #nextDue(): number {
    return this.#flow.nextAt + this.#offset;
  }

  /** Works through the flow, one instant after the other. */
  #runTo(now: Micros): void {
    const flow = this.#flow;
    for (let at = flow.nextAt; at + this.#offset <= now; at = flow.nextAt) {
      this.venueTs = micros(at + this.#offset);
      while (flow.nextAt === at) flow.step();
      this.publisher.publish(this.venueTs);
    }
    this.present = now;
  }
}
