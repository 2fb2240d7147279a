import type { Answers } from './bot.ts';

/** A field that is not the same on both sides, and need not be. */
export interface KnownDifference {
  /** Of which answers; all when left out. */
  readonly question?: RegExp;
  /** Dotted, without the numbers of lists. */
  readonly field: RegExp;
  /** True when types must be the same all the same. */
  readonly ofOneType?: boolean;
  readonly why: string;
}

/**
 * Everything in which the answers of two exchanges differ, one line a field: keys, what is there and what is not, types, and values.
 * Numbers may differ in what the venue rounds fees to.
 */
export function differences(real: Answers, paper: Answers, known: readonly KnownDifference[]): string[] {
  const lines: string[] = [];
  for (const [question, theirs] of real) {
    const ours = paper.get(question);
    const tell = (field: string, one: unknown, other: unknown): void => {
      const isKnown = known.some(({ field: fields, ofOneType = false, question: questions }) => {
        if (questions?.test(question) === false || !fields.test(field)) return false;
        return !ofOneType || typeof one === typeof other;
      });
      if (!isKnown) lines.push(`${question}: ${field}: ${textOf(one)} on ccxt, ${textOf(other)} here`);
    };
    if (ours === undefined) tell('(answer)', theirs, undefined);
    else if ('thrown' in theirs || 'thrown' in ours) tellThrown(theirs, ours, tell);
    else compare('', theirs.value, ours.value, tell);
  }
  return lines;
}

type Tell = (field: string, one: unknown, other: unknown) => void;
type Answer = { readonly value: unknown } | { readonly thrown: Error };

/** A more exact error is as good: what catches ccxt's must catch ours. */
function tellThrown(theirs: Answer, ours: Answer, tell: Tell): void {
  const [one, other] = [theirs, ours].map((answer) => ('thrown' in answer ? namesOf(answer.thrown) : ['answered']));
  const name = one?.[0] ?? '';
  if (other?.includes(name) !== true) tell('(thrown)', one?.join(' < '), other?.join(' < '));
}

/** Its class, and those above. */
function namesOf(error: Error): string[] {
  const names: string[] = [];
  for (let at: unknown = error.constructor; typeof at === 'function' && at !== Error; at = Object.getPrototypeOf(at)) {
    names.push(at.name);
  }
  return names;
}

function compare(field: string, theirs: unknown, ours: unknown, tell: Tell): void {
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    if (theirs.length !== ours.length) tell(`${field}.length`, theirs.length, ours.length);
    for (const [index, each] of theirs.slice(0, ours.length).entries()) compare(field, each, ours[index], tell);
  } else if (isDictionary(theirs) && isDictionary(ours)) {
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
      const name = field === '' ? key : `${field}.${key}`;
      if (key in theirs !== key in ours)
        tell(name, key in theirs ? 'a key' : 'no key', key in ours ? 'a key' : 'no key');
      else compare(name, theirs[key], ours[key], tell);
    }
  } else if (typeof theirs === 'number' && typeof ours === 'number') {
    if (Math.abs(theirs - ours) > ROUNDING) tell(field, theirs, ours);
  } else if (theirs !== ours) tell(field, theirs, ours);
}

function isDictionary(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}

/** Kraken rounds fees to five decimals of the dollar, the paper venue to ten; a run has a few of them. */
const ROUNDING = 1e-4;
