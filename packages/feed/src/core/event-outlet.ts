import { micros } from '@kb/model';
import type { Candle, FeedCause, FeedState, Instrument, MarketEvent, Micros } from '@kb/model';
import { VenueClock } from './venue-clock.ts';

/** Where the events of a core leave: numbered by one, with the venue's time for those that carry none. */
export class EventOutlet {
  readonly clock: VenueClock = new VenueClock();
  /** Hands an event on; its `seq` comes from `nextSeq`. */
  readonly emit: (event: MarketEvent) => void;
  /** When the input in hand was received. */
  now: Micros = micros(0);
  #seq = 0;

  constructor(onEvent: (event: MarketEvent) => void) {
    this.emit = onEvent;
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** Tells a change of state. @param symbol `undefined`: of the connection, and with it of every symbol. */
  emitState(
    symbol: string | undefined,
    state: FeedState,
    cause: FeedCause,
    detail: string,
    recvTs: Micros,
    venueTs: Micros = this.clock.at(recvTs),
  ): void {
    this.emit({ type: 'feed', seq: this.nextSeq(), venueTs, recvTs, symbol, state, cause, detail });
  }

  emitInstrument(instrument: Instrument, recvTs: Micros): void {
    const { symbol } = instrument;
    this.emit({
      type: 'instrument',
      seq: this.nextSeq(),
      venueTs: this.clock.at(recvTs),
      recvTs,
      symbol,
      instrument,
    });
  }

  emitCandle(symbol: string, candle: Candle): void {
    const { interval, start, open, high, low, close, volume, turnover, trades, closed, revision, partial } = candle;
    this.emit({
      type: 'candle',
      seq: this.nextSeq(),
      venueTs: this.clock.at(this.now),
      recvTs: this.now,
      symbol,
      interval,
      start,
      open,
      high,
      low,
      close,
      volume,
      turnover,
      trades,
      closed,
      revision,
      partial,
    });
  }
}
