import { StrategyError } from '../errors.ts';
import { SnapshotReader } from '../snapshot.ts';
import { HedgeWeights } from './hedge.ts';
import type { HedgeOptions } from './hedge.ts';
import { pooledSignal } from './pool.ts';
import type { PooledSignal, PoolOptions } from './pool.ts';
import { checkedSignal } from './signal.ts';
import type { Signal } from './signal.ts';
import { SourceCalibration } from './source-calibration.ts';
import type { SourceCalibrationOptions } from './source-calibration.ts';

export interface SignalBoardOptions {
  readonly symbol: string;
  /** Names of the sources, each once. */
  readonly sources: readonly string[];
  readonly hedge?: HedgeOptions;
  readonly calibration?: SourceCalibrationOptions;
  readonly pool?: PoolOptions;
  /** Predictions that may wait for their outcome; those beyond are used but never scored. Default 10,000. */
  readonly maxPending?: number;
}

/** A prediction that waits for its outcome. */
export interface PendingPrediction {
  readonly source: string;
  /** When it was made, and when it is due: milliseconds since the epoch. */
  readonly ts: number;
  readonly due: number;
  /** What the source said. */
  readonly raw: number;
  /** What its calibration made of it then. */
  readonly stated: number;
}

/** What the sources together say now. */
export interface BoardView {
  /** 0.5, no view, when nothing counts. */
  readonly p: number;
  /** What it is made of; `undefined` when nothing counts. */
  readonly pooled: PooledSignal | undefined;
  /** Sources whose word does not count, as it has shown no skill. */
  readonly muted: readonly string[];
  /** Why there is no view: all who speak are muted, or nobody speaks. */
  readonly reason: 'SOURCE_MUTED' | 'NO_EDGE' | undefined;
}

/**
 * One probability for one symbol out of many sources: calibrates what each says, pools it by weights that follow what came
 * true, mutes who shows no skill. Nothing is learnt from a prediction before it is due.
 */
export class SignalBoard {
  readonly #options: SignalBoardOptions;
  readonly #maxPending: number;
  readonly #hedge: HedgeWeights;
  readonly #calibrations: ReadonlyMap<string, SourceCalibration>;
  /** The last signal of each source, with its calibrated probability. */
  readonly #latest = new Map<string, Signal>();
  #pending: PendingPrediction[] = [];
  #unscored = 0;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS`. */
  constructor(options: SignalBoardOptions) {
    this.#options = options;
    this.#maxPending = options.maxPending ?? 10_000;
    this.#hedge = new HedgeWeights(options.sources, options.hedge);
    this.#calibrations = new Map(options.sources.map((name) => [name, new SourceCalibration(options.calibration)]));
  }

  /** Predictions that wait, oldest due first among those made alike. */
  get pending(): readonly PendingPrediction[] {
    return this.#pending;
  }

  /** Predictions that will never be scored, because too many waited or their outcome was never known. */
  get unscored(): number {
    return this.#unscored;
  }

  /** @returns The share of trust in a source, and what its calibration has learnt; `undefined` for a stranger. */
  standing(
    source: string,
  ): { weight: number; skill: number | undefined; resolved: number; muted: boolean } | undefined {
    const calibration = this.#calibrations.get(source);
    if (calibration === undefined) return undefined;
    const { skill, resolved, muted } = calibration;
    return { weight: this.#hedge.weight(source), skill, resolved, muted };
  }

  /**
   * Takes what a source says; it replaces what that source said before.
   *
   * @throws StrategyError `KB_STRATEGY_BAD_INPUT` for a bad signal, a stranger's, another symbol's, or an older one than the last.
   */
  hear(given: Signal): void {
    const signal = checkedSignal(given);
    const calibration = this.#calibrations.get(signal.source);
    const problems: string[] = [];
    if (signal.symbol !== this.#options.symbol) problems.push(`expected ${this.#options.symbol}, was ${signal.symbol}`);
    const last = this.#latest.get(signal.source)?.ts ?? 0;
    if (signal.ts < last) problems.push(`expected ts to be ${last} or later, was ${signal.ts}`);
    if (calibration === undefined) problems.push(`expected one of ${this.#options.sources.join(', ')}`);
    if (calibration === undefined || problems.length > 0) {
      throw new StrategyError('KB_STRATEGY_BAD_INPUT', `signal of ${signal.source}`, problems);
    }
    const stated = calibration.calibrate(signal.p);
    this.#latest.set(signal.source, { ...signal, p: stated });
    if (signal.abstain) return;
    const due = signal.ts + signal.horizonMs;
    if (this.#pending.length >= this.#maxPending) this.#unscored += 1;
    else this.#pending.push({ source: signal.source, ts: signal.ts, due, raw: signal.p, stated });
  }

  /** @param now Milliseconds since the epoch. */
  view(now: number): BoardView {
    const muted = this.#options.sources.filter((source) => this.#calibrations.get(source)?.muted);
    const speaking = [...this.#latest.values()].map((signal) => ({
      signal,
      weight: this.#hedge.weight(signal.source),
    }));
    const heard = speaking.filter(({ signal }) => !muted.includes(signal.source));
    const pooled = pooledSignal(heard, now, this.#options.pool);
    if (pooled !== undefined) return { p: pooled.p, pooled, muted, reason: undefined };
    const unmuted = pooledSignal(speaking, now, this.#options.pool);
    return { p: 0.5, pooled: undefined, muted, reason: unmuted === undefined ? 'NO_EDGE' : 'SOURCE_MUTED' };
  }

  /**
   * Scores every prediction that is due, those due first first, of those the ones made first first.
   *
   * @param cameTrue Whether the predicted move happened; `undefined` if that cannot be known, which scores nothing.
   */
  resolve(now: number, cameTrue: (prediction: PendingPrediction) => boolean | undefined): void {
    const due = this.#pending.filter((prediction) => prediction.due <= now);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((prediction) => prediction.due > now);
    due.sort((a, b) => a.due - b.due || a.ts - b.ts);
    for (const round of Map.groupBy(due, ({ due: at, ts }) => `${at} ${ts}`).values()) {
      const losses = new Map<string, number>();
      for (const prediction of round) {
        const { source, raw, stated } = prediction;
        const happened = cameTrue(prediction);
        if (happened === undefined) {
          this.#unscored += 1;
          continue;
        }
        const y = happened ? 1 : 0;
        losses.set(source, (stated - y) ** 2);
        this.#calibrations.get(source)?.resolve(raw, stated, y);
      }
      this.#hedge.update(losses);
    }
  }

  snapshot(): unknown {
    return {
      version: 1,
      symbol: this.#options.symbol,
      hedge: this.#hedge.snapshot(),
      calibrations: this.#options.sources.map((source) => this.#calibrations.get(source)?.snapshot()),
      latest: [...this.#latest.values()],
      pending: this.#pending.map((prediction) => ({ ...prediction })),
      unscored: this.#unscored,
    };
  }

  /** Only into a board just made. @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` or, for a signal in it, `KB_STRATEGY_BAD_INPUT`. */
  restore(state: unknown): void {
    const reader = new SnapshotReader(OWNER, state, 1);
    const unscored = reader.number('unscored');
    reader.finish();
    const listed = (name: string): readonly unknown[] => {
      const value: unknown = reader.field(name);
      if (Array.isArray(value)) return value;
      throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, [`expected ${name} to be a list`]);
    };
    const symbol = reader.field('symbol');
    if (symbol !== this.#options.symbol) {
      throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, [`expected the board of ${this.#options.symbol}`]);
    }
    const latest = listed('latest').map(checkedSignal);
    const pending = listed('pending').map((each) => this.#readPending(each));
    const calibrations = listed('calibrations');
    this.#hedge.restore(reader.field('hedge'));
    for (const [index, source] of this.#options.sources.entries()) {
      this.#calibrations.get(source)?.restore(calibrations[index]);
    }
    for (const signal of latest) this.#latest.set(signal.source, signal);
    this.#pending = pending;
    this.#unscored = unscored;
  }

  #readPending(state: unknown): PendingPrediction {
    const fields = typeof state === 'object' && state !== null ? { ...state, version: 1 } : undefined;
    const reader = new SnapshotReader('pending prediction', fields, 1);
    const source = reader.optionalText('source') ?? '';
    const [ts, due] = [reader.number('ts'), reader.number('due')];
    const [raw, stated] = [reader.number('raw'), reader.number('stated')];
    reader.finish();
    if (this.#calibrations.has(source) && isShare(raw) && isShare(stated)) return { source, ts, due, raw, stated };
    throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, [
      `pending: ${JSON.stringify(state)} is none of this board`,
    ]);
  }
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

const OWNER = 'signal board';
