import { ccxt as paper } from '@kb/paper-exec';
import ccxt from 'ccxt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBot } from './ccxt-contract/bot.ts';
import type { Answers } from './ccxt-contract/bot.ts';
import { differences } from './ccxt-contract/compare.ts';
import type { KnownDifference } from './ccxt-contract/compare.ts';
import { paperSide } from './ccxt-contract/paper-side.ts';
import { realSide } from './ccxt-contract/real-side.ts';

/*
 * One bot on ccxt against the local exchange, and on the paper exchange: every answer is the same, field by field, but for these.
 */
const KNOWN: readonly KnownDifference[] = [
  { field: /(^|\.)info(\.|$)/, why: 'the exchange’s own words' },
  {
    field: /(^|\.)(id|order|timestamp|datetime|lastUpdateTimestamp)$/,
    ofOneType: true,
    why: 'other ids and another clock',
  },
  { question: /^the market$/, field: /^(id|altname|wsId)$/, ofOneType: true, why: 'Kraken’s old names are not known' },
  { question: /^the market$/, field: /^tiers$/, why: 'ccxt has an old schedule built in, which is not what is paid' },
  {
    question: /^the ticker$/,
    field: /^(high|low|vwap|open|change|percentage|average|baseVolume|quoteVolume)$/,
    why: 'no feed with tickers is followed',
  },
  { question: /^the book$/, field: /^(bids|asks)\.length$/, why: 'Kraken’s levels have a time' },
  { question: /^public trades$/, field: /^type$/, why: 'feeds do not tell it' },
  { field: /^clientOrderId$/, why: 'an order without a name is called 0, after Kraken’s userref' },
  { field: /^fee\.cost$/, why: 'text in ccxt, where its own types say number' },
  {
    field: /^fees?\.currency$/,
    why: 'Kraken announces fees of sales in the base; the paper venue takes the quote unless asked',
  },
  { field: /^trades\./, why: 'ccxt has ids only' },
  {
    question: /^an order to rest that would trade$/,
    field: /^\(thrown\)$/,
    why: 'Kraken takes it and cancels it, without a word to who sent it: here it is refused',
  },
  {
    question: /^a watched order$/,
    field: /^(timeInForce|stopPrice|triggerPrice|filled|remaining|fees?\.rate)$/,
    why: 'told otherwise over sockets: here as over REST',
  },
  { question: /^a watched trade$/, field: /^fees$/, why: 'not told over sockets' },
  { question: /^a cancel( of all)? over a socket$/, field: /^/, why: 'ccxt hands on Kraken’s own message' },
];

let real: Awaited<ReturnType<typeof realSide>>;
let theirs: Answers;
let ours: Answers;

beforeAll(async () => {
  real = await realSide();
  theirs = await runBot(real);
  ours = await runBot(paperSide());
});

afterAll(() => real.close());

describe('a ccxt bot', () => {
  test('is answered the same on the local exchange and on paper', () => {
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    expect(differences(theirs, ours, KNOWN)).toEqual([]);
  });

  test.each(KNOWN)('finds one difference still: $why', (each) => {
    const others = KNOWN.filter((other) => other !== each);
    expect(differences(theirs, ours, others)).not.toEqual([]);
  });

  test('is refused what it should be, and nothing else', () => {
    const refused = [...theirs].flatMap(([question, answer]) => ('thrown' in answer ? [question] : []));
    expect(refused).toEqual([
      'a cancel of it once more',
      'an edit of it',
      'more than there is',
      'less than the least',
      'nothing',
      'less than nothing',
      'no price',
      'a side that is none',
      'a type that is none',
      'a market that is not there',
      'a market order to rest',
      'now and not now',
      'leverage where none is',
      'a cancel of a symbol over a socket',
    ]);
  });
});

describe('the errors', () => {
  const classesOf = (all: object): Map<string, readonly string[]> => {
    const classes = Object.entries(all).filter(([, value]) => isErrorClass(value));
    const trees = classes.map(([name, value]) => [name, ancestorsOf(value)] as const);
    return new Map(trees.filter(([, ancestors]) => ancestors.at(-1) === 'BaseError'));
  };

  test('are those of ccxt, in its tree', () => {
    expect(classesOf({ ...paper })).toEqual(classesOf(ccxt));
  });
});

function isErrorClass(value: unknown): boolean {
  return typeof value === 'function' && value.prototype instanceof Error;
}

/** Names of the classes above one, up to ccxt's own. */
function ancestorsOf(value: unknown): readonly string[] {
  const names: string[] = [];
  for (let at = value; isErrorClass(at) && names.at(-1) !== 'BaseError'; at = Object.getPrototypeOf(at)) {
    names.push((at as { readonly name: string }).name);
  }
  return names;
}
