import { SECOND } from '@kb/model';
import type { Params } from './params.ts';

/** Entries of one page of orders, trades or ledger entries. */
const PAGE = 50;

/** A span of time in µs: after `start`, up to and including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The span that `start` and `end` ask for: Unix seconds with up to nine decimals, or an id whose time is taken.
 * @param timeOf The time of an id; `undefined` where there is none. @throws Refusal for text that is neither.
 */
export function askedSpan(params: Params, timeOf: (id: string) => number | undefined): Span {
  const read = (name: string): number | undefined => {
    const text = params.text(name);
    if (text === undefined) return undefined;
    const at = /^\d{1,11}(?:\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * SECOND) : timeOf(text);
    if (at === undefined) throw params.invalid(name);
    return at;
  };
  return { start: read('start') ?? -Infinity, end: read('end') ?? Infinity };
}

export function isWithin(at: number, { start, end }: Span): boolean {
  return at > start && at <= end;
}

/** The page that begins at `ofs`. */
export function page<Entry>(params: Params, entries: readonly Entry[]): readonly Entry[] {
  const offset = params.whole('ofs', 0, 1e9) ?? 0;
  return entries.slice(offset, offset + PAGE);
}
