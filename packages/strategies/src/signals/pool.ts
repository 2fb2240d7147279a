import { StrategyError } from '../errors.ts';
import { exp, logit, sigmoid } from './repeatable-math.ts';
import type { Signal } from './signal.ts';

/** A signal and what its source's word counts. */
export interface WeighedSignal {
  readonly signal: Signal;
  /** Not negative; only its relation to the others' matters. Zero leaves the source out. */
  readonly weight: number;
}

export interface PoolOptions {
  /** Milliseconds in which a signal's weight falls to 1/e. By default half the horizon of each signal. */
  readonly ageTauMs?: number;
  /** Largest share of the weight, 0 to 1, of a family with more than one source in the pool. Default 0.5. */
  readonly familyCap?: number;
}

/** What a source put into the pool. */
export interface Contribution {
  readonly source: string;
  /** Share of all weight, after age and family cap. */
  readonly weight: number;
  /** Weight times the logit of its probability: what it moved the pooled logit by, up if positive. */
  readonly logit: number;
}

export interface PooledSignal {
  /** Σ w logit p, turned back into a probability; each p cut to 0.02…0.98 before. */
  readonly p: number;
  /** Σ w p: the other way to pool, to be compared by Brier score. */
  readonly linearP: number;
  /** Share of the weight on the side of 0.5 on which `p` lies; 0 if `p` is 0.5. */
  readonly agreement: number;
  /** All that took part, the one that moved most first. */
  readonly contributions: readonly Contribution[];
}

/**
 * One probability out of several sources' about the same symbol: a logarithmic opinion pool, in which a source's weight
 * falls with the age of its signal, and variants of one idea share what weight a family may have. A family of one source is
 * not capped: it outvotes nobody by number.
 *
 * @param now Milliseconds since the epoch. Signals that are expired by then, abstain, or are of a later time do not count.
 * @returns `undefined` when nothing counts.
 * @throws StrategyError `KB_STRATEGY_BAD_INPUT` for several symbols, a source twice, a weight or an option out of range.
 */
export function pooledSignal(
  given: readonly WeighedSignal[],
  now: number,
  options: PoolOptions = {},
): PooledSignal | undefined {
  refuseOddities(given, options);
  const members = given
    .filter(({ signal, weight }) => weight > 0 && !signal.abstain && signal.ts <= now && now < signal.validUntil)
    .map(({ signal, weight }) => ({ signal, weight: weight * freshness(signal, now, options.ageTauMs) }))
    .filter(({ weight }) => weight > 0);
  if (members.length === 0) return undefined;

  const weights = cappedShares(members, options.familyCap ?? 0.5);
  const contributions: Contribution[] = [];
  let pooledLogit = 0;
  let linearP = 0;
  for (const [index, { signal }] of members.entries()) {
    const weight = weights[index] ?? 0;
    const moved = weight * logit(Math.min(Math.max(signal.p, LEAST_P), 1 - LEAST_P));
    contributions.push({ source: signal.source, weight, logit: moved });
    pooledLogit += moved;
    linearP += weight * signal.p;
  }
  const agreeing = contributions.filter((part) => part.logit * pooledLogit > 0);
  return {
    p: sigmoid(pooledLogit),
    linearP,
    agreement: agreeing.reduce((sum, { weight }) => sum + weight, 0),
    contributions: contributions.toSorted((a, b) => Math.abs(b.logit) - Math.abs(a.logit)),
  };
}

function freshness(signal: Signal, now: number, ageTauMs: number | undefined): number {
  return exp(-(now - signal.ts) / (ageTauMs ?? signal.horizonMs / 2));
}

/** Shares of one, none of a family beyond the cap while there is anybody else to take what is cut off. */
function cappedShares(members: readonly WeighedSignal[], cap: number): readonly number[] {
  const families = Map.groupBy(members, ({ signal }) => signal.family);
  const capped = new Set<string>();
  for (;;) {
    const free = totalWeight(members.filter(({ signal }) => !capped.has(signal.family)));
    const forFree = 1 - cap * capped.size;
    const over = [...families].find(
      ([family, of]) => of.length > 1 && !capped.has(family) && (totalWeight(of) / free) * forFree > cap,
    );
    const roomLeft = 1 - cap * (capped.size + 1) > 0 && families.size > capped.size + 1;
    if (over === undefined || !roomLeft) {
      return members.map(({ signal, weight }) =>
        capped.has(signal.family)
          ? (weight / totalWeight(families.get(signal.family) ?? [])) * cap
          : (weight / free) * forFree,
      );
    }
    capped.add(over[0]);
  }
}

function totalWeight(members: readonly WeighedSignal[]): number {
  return members.reduce((sum, { weight }) => sum + weight, 0);
}

function refuseOddities(given: readonly WeighedSignal[], { ageTauMs = 1, familyCap = 1 }: PoolOptions): void {
  const problems: string[] = [];
  if (!(ageTauMs > 0)) problems.push(`expected ageTauMs to be a number > 0, was ${ageTauMs}`);
  if (!(familyCap >= 0 && familyCap <= 1)) {
    problems.push(`expected familyCap to be a number from 0 to 1, was ${familyCap}`);
  }
  const symbols = new Set(given.map(({ signal }) => signal.symbol));
  if (symbols.size > 1) problems.push(`expected signals of one symbol, were of ${[...symbols].join(', ')}`);
  const sources = new Set<string>();
  for (const { signal, weight } of given) {
    if (sources.has(signal.source)) problems.push(`expected one signal of ${signal.source}, were more`);
    sources.add(signal.source);
    if (!Number.isFinite(weight) || weight < 0) {
      problems.push(`expected the weight of ${signal.source} to be a number ≥ 0, was ${weight}`);
    }
  }
  if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_INPUT', 'pool of signals', problems);
}

const LEAST_P = 0.02;
