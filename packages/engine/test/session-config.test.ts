import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { checkPaperSessionConfig, EngineError, PaperSession, rerun } from '../src/index.ts';
import type { PaperSessionConfig } from '../src/index.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

/** @param config What a file may hold: anything at all. */
function errorOf(config: unknown): EngineError | undefined {
  try {
    checkPaperSessionConfig(config as PaperSessionConfig);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

function problemsOf(config: unknown): readonly string[] {
  return errorOf(config)?.problems ?? [];
}

test('a good configuration passes', () => {
  expect(problemsOf(makerConfig())).toEqual([]);
  expect(problemsOf(makerConfig({ balances: { USD: '1000000000000.0000000001', SOL: '0' } }))).toEqual([]);
  expect(problemsOf(makerConfig({ fees: { maker: '-0.0001', taker: '0' } }))).toEqual([]);
  expect(problemsOf(makerConfig({ channels: ['book'], latency: { name: '', feed: 0, entry: 0, ack: 0 } }))).toEqual([]);
});

test('all that is wrong comes out at once, strategy parameters and risk limits included', () => {
  const problems = problemsOf({
    symbols: ['BTC/EUR', 'BTC/EUR', 'junk'],
    depth: 0,
    channels: ['trade'],
    strategies: [
      { id: 'Maker!', use: 'maker', symbol: 'ETH/USD', params: { baseSpreadBps: -1, orderSizeUsd: 'much', huh: 1 } },
      { id: 'a', use: 'oracle', symbol: 'BTC/EUR', params: {} },
      { id: 'a', use: 'probe', symbol: 'BTC/EUR', params: { everyMs: -5 } },
      'maker',
    ],
    latency: { name: 'x', feed: -1, entry: 0.5 },
    fees: { maker: 0.0025, taker: '25' },
    balances: { USD: '-1', BTC: 'lots' },
    limits: { maxOrderNotional: { USD: 'all' }, ordersPerSecnd: 2 },
    reporting: 'USD',
    models: 'some',
  });
  expect(problems).toEqual([
    'symbols: BTC/EUR is not quoted in USD, the currency that P&L is told in',
    'symbols: BTC/EUR is not quoted in USD, the currency that P&L is told in',
    'symbols: expected a pair such as BTC/USD, was "junk"',
    'symbols: the same pair stands twice',
    'depth: expected 1 to 1000 levels a side, was 0',
    'channels: name book or level3, and trade where it is told: nothing can be matched without a book',
    'strategies[0].id: expected 1 to 8 lower-case letters and digits, a letter first, was "Maker!"',
    'strategies[0].symbol: "ETH/USD" is not among symbols',
    'strategies[0].params: expected baseSpreadBps to be a number ≥ 0, was -1',
    'strategies[0].params: expected orderSizeUsd to be a number > 0, was "much"',
    'strategies[0].params: unknown parameter huh',
    'strategies[1].use: expected maker or probe, was "oracle"',
    'strategies[2].id: a is taken by another strategy',
    'strategies[2].params: expected everyMs to be a number ≥ 0, was -5',
    'strategies[3]: expected an object, was "maker"',
    'latency.feed: expected whole microseconds from 0, was -1',
    'latency.entry: expected whole microseconds from 0, was 0.5',
    'latency.ack: expected whole microseconds from 0, was undefined',
    'fees.maker: expected a fraction as text, such as "0.0025" for 0.25 %, was 0.0025',
    'fees.taker: expected a fraction as text, such as "0.0025" for 0.25 %, was "25"',
    'balances.USD: expected decimal text from zero, such as "10000.00", was "-1"',
    'balances.BTC: expected decimal text from zero, such as "10000.00", was "lots"',
    'limits.ordersPerSecnd: expected one of maxOrderNotional, maxPositionNotional, maxPosition, ordersPerSecond, ordersPerMinute, reservedPerSecond, reservedPerMinute, maxBookAgeMs, venueTier',
    'limits.maxOrderNotional.USD: expected decimal text above zero, was "all"',
    'models: expected three or all, was "some"',
  ]);
});

test('the message holds every problem, for whoever only prints it', () => {
  const error = errorOf(makerConfig({ depth: 0, channels: [] }));
  expect(error).toMatchObject({ code: 'KB_ENGINE_BAD_CONFIG', problems: { length: 2 } });
  for (const problem of error?.problems ?? []) expect(error?.message).toContain(problem);
});

describe('whatever a file may hold', () => {
  test.each([
    [undefined, ['expected an object, was undefined']],
    [null, ['expected an object, was null']],
    [[], ['expected an object, was []']],
  ])('%j is refused as a whole', (config, problems) => {
    expect(problemsOf(config)).toEqual(problems);
  });

  test('an empty object lacks everything, and says so', () => {
    expect(problemsOf({}).map((problem) => problem.split(':')[0])).toEqual([
      'reporting',
      'symbols',
      'depth',
      'channels',
      'strategies',
      'latency',
      'fees',
      'balances',
      'limits',
    ]);
  });

  test.each(['symbols', 'depth', 'channels', 'strategies', 'latency', 'fees', 'balances', 'limits', 'reporting'])(
    '%s of any wrong kind is a problem, never a TypeError',
    (field) => {
      for (const wrong of [null, 7.5, 'x', true, [null], [[]], { x: null }]) {
        // Some of these are right for a field: a name for reporting, text in a map of balances is not.
        if (field === 'reporting' && typeof wrong === 'string') continue;
        expect(problemsOf({ ...makerConfig(), [field]: wrong })).not.toEqual([]);
      }
    },
  );
});

test('a session and a rerun refuse a bad configuration before anything happens', async () => {
  const bad = makerConfig({ depth: 5000, strategies: [] });
  const market = { symbols: [] } as unknown as ConstructorParameters<typeof PaperSession>[1];
  expect(() => new PaperSession(bad, market, new Outputs())).toThrow(
    expect.objectContaining({ code: 'KB_ENGINE_BAD_CONFIG' }),
  );
  await expect(rerun(bad, [], new Outputs())).rejects.toMatchObject({
    code: 'KB_ENGINE_BAD_CONFIG',
    problems: ['depth: expected 1 to 1000 levels a side, was 5000', 'strategies: name at least one'],
  });
});

describe('fees by tier', () => {
  test.each([
    { startingVolume: '48000' },
    { startingVolume: '0', startingVolumeLeaves: 'at-once', volumeStep: micros(3_600_000_000) },
    { startingVolume: '0', schedule: [{ from: '0', maker: '-0.0001', taker: '0.001' }], peggedAssets: ['USDT'] },
  ] as const)('%j pass', (fees) => {
    expect(problemsOf({ ...makerConfig(), fees })).toEqual([]);
  });

  test.each([
    [{ startingVolume: 48_000 }, 'fees.startingVolume: expected US dollars as text, such as "48000", was 48000'],
    [{ startingVolume: 'lots' }, 'fees.startingVolume: '],
    [{ startingVolume: '0', maker: '0' }, 'fees.maker: expected one of startingVolume, '],
    [{ startingVolume: '0', schedule: 'kraken' }, 'fees.schedule: expected a list of tiers'],
    [{ startingVolume: '0', schedule: [] }, 'fees.schedule: expected a first tier from 0'],
    [{ startingVolume: '0', schedule: [null] }, 'fees.schedule: expected a list of tiers'],
    [{ startingVolume: '0', schedules: { 'BTC/USD': [{ from: '0' }] } }, 'fees.schedules: expected by symbol'],
    [{ startingVolume: '0', peggedAssets: 'USDT' }, 'fees.peggedAssets: expected a list'],
    [{ startingVolume: '0', startingVolumeLeaves: 'never' }, 'fees.startingVolumeLeaves: expected evenly or at-once'],
    [{ startingVolume: '0', volumeStep: 'x' }, 'fees.volumeStep: expected whole microseconds'],
  ])('%j are refused', (fees, problem) => {
    expect(problemsOf({ ...makerConfig(), fees })).toEqual([expect.stringContaining(problem)]);
  });
});

test('how long the venue waits is whole microseconds', () => {
  expect(problemsOf(makerConfig({ latenessMargin: micros(0), pairingWindow: micros(5_000) }))).toEqual([]);
  expect(problemsOf({ ...makerConfig(), latenessMargin: -1, pairingWindow: '5ms' })).toEqual([
    'latenessMargin: expected whole microseconds from 0, was -1',
    'pairingWindow: expected whole microseconds from 0, was "5ms"',
  ]);
});

test('margin is refused: no strategy of a session would use it', () => {
  expect(problemsOf({ ...makerConfig(), margin: {} })).toEqual([
    expect.stringMatching(/^margin: .* give an Engine a venue/),
  ]);
});

test('a source tells levels or single orders, not both', () => {
  expect(problemsOf(makerConfig({ channels: ['level3', 'trade'] }))).toEqual([]);
  expect(problemsOf({ ...makerConfig(), channels: ['book', 'level3', 'ticker'] })).toEqual([
    'channels: expected book, level3 or trade, was "ticker"',
    'channels: book and level3 are one book told twice: name one of them',
  ]);
});
