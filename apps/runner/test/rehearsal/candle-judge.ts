import type { TrueTrade } from '@kb/exchange-sim';
import type { CandleEvent, Micros } from '@kb/model';

interface TrueBar {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: bigint;
  trades: number;
}

type Verdict = 'equal' | 'excused' | 'partial' | 'wrong';

/** Bars that are kept of each symbol: those of an hour. */
const MOST_KEPT = 60;

/** Holds a feed's closed candles against those of every trade that was made. */
export class CandleJudge {
  readonly #interval: Micros;
  readonly #since: Micros;
  readonly #bars = new Map<string, Map<number, TrueBar>>();
  /** What was last said of each candle. */
  readonly #verdicts = new Map<string, Verdict>();
  readonly #excused = new Set<string>();
  readonly #counts: Record<Verdict, number> = { equal: 0, excused: 0, partial: 0, wrong: 0 };

  /** @param since Before this moment not every trade was seen. */
  constructor(interval: Micros, since: Micros) {
    this.#interval = interval;
    this.#since = since;
  }

  get counts(): Readonly<Record<Verdict, number>> {
    return { ...this.#counts };
  }

  /** The venue told a wrong time: candles around it cannot be as they were. */
  excuse(symbol: string, at: Micros): void {
    const key = `${symbol} ${Math.floor(at / this.#interval) * this.#interval}`;
    this.#excused.add(key);
    if (this.#verdicts.get(key) === 'wrong') this.#judge(key, 'excused'); // it closed before this was known
    const [oldest] = this.#excused;
    if (this.#excused.size > 10_000 && oldest !== undefined) this.#excused.delete(oldest);
  }

  onTrueTrade({ symbol, venueTs, price, size }: TrueTrade): void {
    const bars = this.#bars.get(symbol) ?? new Map<number, TrueBar>();
    this.#bars.set(symbol, bars);
    const start = Math.floor(venueTs / this.#interval) * this.#interval;
    const bar = bars.get(start);
    if (bar === undefined) {
      bars.set(start, { open: price, high: price, low: price, close: price, volume: BigInt(size), trades: 1 });
      const [oldest] = bars.keys();
      if (bars.size > MOST_KEPT && oldest !== undefined) bars.delete(oldest);
      return;
    }
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.close = price;
    bar.volume += BigInt(size);
    bar.trades += 1;
  }

  /** The candles that are called whole and are not, as they were last told. */
  get wrong(): readonly string[] {
    return [...this.#verdicts].flatMap(([key, verdict]) => (verdict === 'wrong' ? key : []));
  }

  /** A candle that is told again counts as what it is now. */
  onCandle(candle: CandleEvent): void {
    if (candle.start < this.#since) return;
    const key = `${candle.symbol} ${candle.start}`;
    const verdict = candle.partial
      ? 'partial'
      : this.#isTrue(candle)
        ? 'equal'
        : this.#excused.has(key)
          ? 'excused'
          : 'wrong';
    this.#judge(key, verdict);
  }

  #judge(key: string, verdict: Verdict): void {
    const before = this.#verdicts.get(key);
    if (before !== undefined) this.#counts[before] -= 1;
    this.#counts[verdict] += 1;
    this.#verdicts.set(key, verdict);
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > 10_000 && oldest !== undefined) this.#verdicts.delete(oldest);
  }

  #isTrue(candle: CandleEvent): boolean {
    const bar = this.#bars.get(candle.symbol)?.get(candle.start);
    if (bar === undefined) return candle.trades === 0 && candle.volume === 0n;
    return (
      bar.open === candle.open &&
      bar.high === candle.high &&
      bar.low === candle.low &&
      bar.close === candle.close &&
      bar.volume === candle.volume &&
      bar.trades === candle.trades
    );
  }
}
