import type { PongMessage } from '@kb/kraken';
import { micros } from '@kb/model';
import type { MarketEvent, Micros, Scheduler } from '@kb/model';
import { ClockOffset, latencyOf } from './clock-offset.ts';
import { RoundTrips } from './feed-health.ts';
import type { FeedHealth, HealthEvent, RoundTrip, SymbolHealth } from './feed-health.ts';
import { LagGuard } from './lag-guard.ts';
import type { LagGuardHost } from './lag-guard.ts';
import { LatencyMeter, RateMeter } from './latency-meter.ts';
import { OutageLog } from './outage-log.ts';

export interface HealthMonitorOptions {
  readonly symbols: readonly string[];
  readonly scheduler: Scheduler;
  readonly lagLimit: Micros;
  readonly host: Pick<LagGuardHost, 'onCaughtUp' | 'onLagging' | 'ping'>;
  readonly onHealth: (event: HealthEvent) => void;
  readonly onRoundTrip: (trip: RoundTrip) => void;
}

/** The part of a feed's health that this class measures; the feed knows the rest. */
type Measured = Pick<
  FeedHealth,
  'bytes' | 'clockAhead' | 'framesPerSecond' | 'isLagging' | 'lags' | 'latency' | 'outages' | 'rttLast' | 'rttP50'
>;

/** Measures a feed while it runs: rates, ages, latencies, outages, and whether it keeps up. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #roundTrips = new RoundTrips();
  readonly #offset = new ClockOffset();
  readonly #frames = new RateMeter();
  readonly #books = new LatencyMeter();
  readonly #trades = new LatencyMeter();
  readonly #outages: OutageLog;
  readonly #guard: LagGuard;
  readonly #lastBook = new Map<string, Micros>();
  readonly #lastTrade = new Map<string, Micros>();
  #ahead: number | undefined = undefined;
  #bytes = 0;

  constructor(options: HealthMonitorOptions) {
    const { symbols, scheduler, lagLimit, host, onHealth } = options;
    this.#options = options;
    this.#outages = new OutageLog(symbols, onHealth);
    this.#guard = new LagGuard(
      {
        ping: () => host.ping(),
        onLagging: (detail) => {
          onHealth({ type: 'lag', at: scheduler.now(), state: 'began', detail });
          host.onLagging(detail);
        },
        onCaughtUp: () => {
          onHealth({ type: 'lag', at: scheduler.now(), state: 'over', detail: 'the ping was answered' });
          host.onCaughtUp();
        },
        onClockSet: () => this.#offset.forget(),
      },
      lagLimit,
      scheduler,
    );
  }

  onFrame(recvTs: Micros, bytes: number): void {
    this.#bytes += bytes;
    this.#frames.count(recvTs);
  }

  onEvent(event: MarketEvent): void {
    if (event.type === 'book' || event.type === 'level3') {
      this.#lastBook.set(event.symbol, event.recvTs);
      if (!event.snapshot) this.#onLatency(this.#books, event.venueTs, event.recvTs);
    } else if (event.type === 'trade') {
      this.#lastTrade.set(event.symbol, event.recvTs);
      if (!event.historical) this.#onLatency(this.#trades, event.venueTs, event.recvTs);
    } else if (event.type === 'feed') {
      this.#outages.onState(event);
    }
  }

  onGap(symbol: string, missing: number): void {
    this.#options.onHealth({ type: 'gap', at: this.#options.scheduler.now(), symbol, missing });
  }

  onPing(reqId: number, now: Micros): void {
    this.#roundTrips.onPing(reqId, now);
  }

  onPong({ reqId, timeIn, timeOut }: PongMessage, recvTs: Micros): void {
    const sent = this.#roundTrips.onPong(reqId, recvTs);
    if (sent !== undefined) this.#guard.onPong(sent); // may forget what the clocks were, before this answer says what they are
    if (sent === undefined) return;
    this.#options.onRoundTrip({ sent, received: recvTs, venueIn: timeIn, venueOut: timeOut });
    if (timeIn === undefined || timeOut === undefined) return;
    this.#offset.note({ sent, venueIn: timeIn, venueOut: timeOut, received: recvTs });
    this.#ahead = this.#offset.ahead;
  }

  /** The connection is gone: its pings are answered no more. */
  onLost(): void {
    this.#roundTrips.forget();
    this.#guard.stop();
  }

  measured(): Measured {
    const now = this.#options.scheduler.now();
    return {
      bytes: this.#bytes,
      rttLast: this.#roundTrips.last,
      rttP50: this.#roundTrips.median,
      framesPerSecond: this.#frames.rates(now),
      clockAhead: this.#ahead,
      latency: { book: this.#books.summary(now), trade: this.#trades.summary(now) },
      outages: this.#outages.outages,
      isLagging: this.#guard.isLagging,
      lags: this.#guard.times,
    };
  }

  measuredOf(symbol: string): Pick<SymbolHealth, 'bookAge' | 'recoveries' | 'tradeAge'> {
    const now = this.#options.scheduler.now();
    return {
      recoveries: this.#outages.resyncsOf(symbol),
      bookAge: age(this.#lastBook.get(symbol), now),
      tradeAge: age(this.#lastTrade.get(symbol), now),
    };
  }

  #onLatency(meter: LatencyMeter, venueTs: Micros, recvTs: Micros): void {
    if (this.#ahead === undefined) return;
    const latency = latencyOf(venueTs, recvTs, this.#ahead);
    meter.record(latency, recvTs);
    this.#guard.onLatency(latency);
  }
}

function age(last: Micros | undefined, now: Micros): Micros | undefined {
  return last === undefined ? undefined : micros(Math.max(0, now - last));
}
