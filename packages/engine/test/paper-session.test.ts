import { FeedCore, KrakenSpotFeed } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { PaperSession, rerun } from '../src/index.ts';
import type { OutputRecord, PaperSessionConfig, RunSummary, SessionInput } from '../src/index.ts';
import { serve } from './support/exchange.ts';
import { input, Market, START, STATUS } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

function run(
  config: PaperSessionConfig,
  inputs: readonly SessionInput[],
): { core: FeedCore; session: PaperSession; output: Outputs } {
  const output = new Outputs();
  const { symbols, depth } = config;
  const core: FeedCore = new FeedCore({ symbols, depth, onEvent: (event) => session.onEvent(event) });
  const session = new PaperSession(config, core.market, output);
  for (const each of inputs) {
    if (each.type === 'halt') session.halt(each.cause);
    else if (each.type === 'resume') session.resume();
    else core.handle(each);
  }
  return { core, session, output };
}

function probeConfig(overrides: Partial<PaperSessionConfig> = {}): PaperSessionConfig {
  const params = { everyMs: 500 };
  return makerConfig({ strategies: [{ id: 'probe', use: 'probe', symbol: 'SOL/USD', params }], ...overrides });
}

describe('a paper run', () => {
  test('of the maker quotes, moves its quotes, is filled both ways and says what it cost', () => {
    const { session, output } = run(makerConfig(), new Market({ seed: 7 }).inputs(2000));
    const summary = session.finish();
    expect(summary.fills.maker).toBe(summary.fills.total);
    expect(summary.fills.buy).toBeGreaterThan(10);
    expect(summary.fills.sell).toBeGreaterThan(10);
    expect(summary.orders.amended).toBeGreaterThan(50);
    expect(summary.strategyErrors).toBe(0);
    const shadows = output.records('shadow-fill').map(({ model }) => model);
    expect(summary.optimisticFills).toBe(shadows.filter((model) => model === 'uniform').length);
    expect(summary.pessimisticFills).toBe(shadows.filter((model) => model === 'risk-averse').length);
    const { low, high, net, trading, fees, bracket } = summary.pnl!;
    expect(bracket.net.central).toBe(net);
    for (const end of Object.values(bracket.net)) {
      expect(Number(end)).toBeGreaterThanOrEqual(Number(low));
      expect(Number(end)).toBeLessThanOrEqual(Number(high));
    }
    const { pessimistic } = bracket.net;
    expect(Number(bracket.trading.pessimistic) - Number(bracket.fees.pessimistic)).toBeCloseTo(Number(pessimistic), 9);
    expect(Number(low)).toBeLessThanOrEqual(Number(net));
    expect(Number(net)).toBeLessThanOrEqual(Number(high));
    expect(Number(fees)).toBeGreaterThan(0);
    expect(Number(trading) - Number(fees)).toBeCloseTo(Number(net), 9);
    expect(summary.label).toBe('PAPER');
  });

  test('of the probe takes both ways and pays the taker fee', () => {
    const summary = run(probeConfig(), new Market({ seed: 7 }).inputs(2000)).session.finish();
    expect(summary.fills.taker).toBe(summary.fills.total);
    expect(summary.fills.buy).toBeGreaterThan(5);
    expect(summary.fills.sell).toBeGreaterThan(5);
    expect(Number(summary.pnl?.net)).toBeLessThan(0);
  });

  test('says by what places in the queue were known, and how often they were not', () => {
    const { session } = run(makerConfig(), new Market({ seed: 7 }).inputs(2000));
    const { queues } = session.finish();
    expect(Object.keys(queues)).toEqual(['SOL/USD']);
    expect(queues['SOL/USD']).toMatchObject({ centralRule: expect.stringMatching(/fingerprint|power-blend/) });
    expect(queues['SOL/USD']?.matchRate).toBeLessThanOrEqual(1);
    expect(queues['SOL/USD']?.uncertainShare).toBe(0);
  });

  test("a position is the sum of its fills, and no fill came without the order's intent before it", () => {
    const { session, output } = run(makerConfig(), new Market({ seed: 9 }).inputs(2000));
    const fills = output.records('report').flatMap(({ report }) => (report.type === 'fill' ? [report] : []));
    const sum = fills.reduce((total, { side, size }) => total + size * (side === 'buy' ? 1 : -1), 0);
    expect(sum).toBe(session.summary().position['SOL/USD']);
    const lines = output.lines.map((line) => JSON.parse(line) as OutputRecord);
    const sentAt = (id: string): number =>
      lines.findIndex((record) => record.type === 'intent' && record.intent.clientOrderId === id);
    const unasked = lines.filter((record, index) => {
      if (record.type !== 'report') return false;
      const at = sentAt(record.report.clientOrderId);
      return at < 0 || at > index;
    });
    expect(unasked).toEqual([]);
    expect(output.durables).toBe(new Set(output.records('intent').map(({ on }) => on)).size);
  });

  test('begins with the book that makes the last symbol known, and only then', () => {
    const market = new Market();
    const [status, instruments, snapshot] = market.inputs(0) as [SessionInput, SessionInput, SessionInput];
    expect(run(makerConfig(), [status, instruments]).session.engine).toBeUndefined();
    expect(run(makerConfig(), [status, snapshot]).session.engine).toBeUndefined();
    const { session } = run(makerConfig(), [status, instruments, snapshot]);
    expect(session.engine).toBeDefined();
    expect(session.summary()).toMatchObject({ events: 1, venueTime: { start: START, end: START } });
  });

  test('that never began has nothing to tell', () => {
    const { session, output } = run(makerConfig(), []);
    const summary: RunSummary = session.finish();
    expect(summary).toMatchObject({ events: 0, venueTime: undefined, equity: undefined, pnl: undefined });
    expect(output.lines).toEqual([]);
  });

  test('marks at its start and at its end', () => {
    const { session, output } = run(makerConfig(), new Market().inputs(100));
    session.finish();
    const marks = output.records('mark');
    expect(marks.map(({ at }) => at)).toEqual([START, session.engine?.now]);
    expect(marks[0]?.pnl).toBe('0');
  });

  test('starts with what is configured, and with 10,000 worth of everything else', () => {
    const [first] = run(makerConfig({ balances: { USD: '500' } }), new Market().inputs(1)).output.records('mark');
    // 10,000 / 100.005 rounded down to 8 decimals is 99.99500024 SOL.
    expect(first?.equity).toBe('10499.9999990012');
  });
});

test('an exchange that said before the run that it only lets cancels through is not traded in', () => {
  const inputs = new Market().inputs(200);
  inputs[0] = input(START, STATUS.replace('"online"', '"cancel_only"'));
  const { session } = run(probeConfig(), inputs);
  expect(session.engine?.reasons()).toEqual([['SOL/USD', 'HALTED']]);
  expect(session.summary().orders.placed).toBe(0);
});

describe('the kill switch', () => {
  const inputs = new Market({ seed: 5 }).inputs(1200);
  const halt: SessionInput = { type: 'halt', recvTs: micros(START), cause: 'operator' };

  test('stops the strategies, cancels what works and is told in the summary', () => {
    const { session, output } = run(makerConfig(), [...inputs.slice(0, 600), halt, ...inputs.slice(600)]);
    const summary = session.finish();
    expect(summary.halted).toBe('operator');
    expect(summary.orders.open).toBe(0);
    const at = output.lines.findIndex((line) => line.startsWith('{"type":"halt"'));
    const later = output.lines.slice(at).filter((line) => line.startsWith('{"type":"intent"'));
    expect(later.every((line) => line.includes('"type":"cancel"'))).toBe(true);
    expect(later.length).toBeGreaterThan(0);
  });

  test('pulled before the market is known, no strategy ever begins', () => {
    const { session, output } = run(makerConfig(), [halt, ...inputs]);
    expect(session.finish()).toMatchObject({ halted: 'operator', orders: { placed: 0 } });
    expect(output.records('halt')).toHaveLength(1);
    expect(output.records('explain')).toEqual([]);
  });

  test('pulled in a run that never began, it is in the summary all the same', () => {
    expect(run(makerConfig(), [halt]).session.summary().halted).toBe('operator');
  });
});

describe('several pairs', () => {
  const symbols = ['SOL/USD', 'ADA/USD'];
  const strategies = symbols.map((symbol) => ({
    id: symbol.slice(0, 3).toLowerCase(),
    use: 'maker' as const,
    symbol,
    params: { baseSpreadBps: 6, feeFloor: false, requoteThresholdBps: 1, minQuoteLifeMs: 0 },
  }));
  const config = makerConfig({ symbols, strategies });

  /** Both markets side by side; the second one's book comes `late` steps of the first one after it. */
  function bothMarkets(late: number): SessionInput[] {
    const [sol, ada] = [
      new Market({ symbol: 'SOL/USD', seed: 1 }),
      new Market({ symbol: 'ADA/USD', seed: 2, price: 8000 }),
    ];
    const inputs = sol.inputs(late);
    ada.now = sol.now;
    inputs.push(...ada.inputs(0).slice(1));
    while (inputs.length < 4000) {
      const next = sol.now <= ada.now ? sol : ada;
      inputs.push(...next.step().map((frame) => input(next.now, frame)));
    }
    return inputs;
  }

  test.each([0, 300])('trade side by side when one was known %i steps before the other', (late) => {
    const { session, output } = run(config, bothMarkets(late));
    const summary = session.finish();
    for (const symbol of symbols) {
      const fills = output.records('report').filter(({ report }) => report.type === 'fill' && report.symbol === symbol);
      expect(fills.length).toBeGreaterThan(10);
    }
    // The venue was given the book that it had not seen: nothing was rejected for want of one.
    expect(Object.keys(summary.orders.rejected)).not.toContain('market-frozen');
    expect(summary.strategyErrors).toBe(0);
    expect(summary.equity).toBeDefined();
  });

  test('the venue knows an early pair from its book, whichever pair comes last', () => {
    const inputs = bothMarkets(300);
    const start = inputs.findIndex((each) => each.type === 'frame' && Buffer.from(each.frame).includes('ADA/USD'));
    const { output } = run(config, inputs.slice(0, start + 60));
    const accepted = output
      .records('report')
      .filter(({ strategyId, report }) => strategyId === 'sol' && report.type === 'accepted');
    expect(accepted.length).toBeGreaterThanOrEqual(2);
  });
});

test('a source without trades fills from the book alone, and waits for no prints', () => {
  const inputs = new Market({ seed: 4 }).inputs(2000);
  const books = inputs.filter((each) => each.type === 'frame' && !Buffer.from(each.frame).includes('"trade"'));
  const { session } = run(probeConfig({ channels: ['book'] }), books);
  expect(session.summary().fills.total).toBeGreaterThan(10);
});

test('a damaged book stops quoting until the next snapshot', () => {
  const market = new Market({ seed: 6 });
  const inputs = market.inputs(300);
  const wrong =
    market
      .step()
      .at(-1)
      ?.replace(/"checksum":\d+/, '"checksum":1') ?? '';
  inputs.push(input(market.now, wrong));
  for (let step = 0; step < 60; step += 1) inputs.push(...market.step().map((frame) => input(market.now, frame)));
  const frozen = run(makerConfig(), inputs);
  expect(frozen.session.engine?.reasons()).toContainEqual(['SOL/USD buy', 'STALE_BOOK']);
  expect(frozen.session.summary().orders.open).toBe(0);
  inputs.push(input(market.now, market.snapshot()));
  for (let step = 0; step < 60; step += 1) inputs.push(...market.step().map((frame) => input(market.now, frame)));
  const again = run(makerConfig(), inputs);
  expect(again.session.summary().orders.open).toBe(2);
});

describe('a live feed, in process and on a virtual clock', () => {
  test('trades, and its tapped inputs alone give the same output', async () => {
    const scheduler = new VirtualScheduler(START);
    const market = new Market({ seed: 11 });
    const config = makerConfig();
    const inputs: SessionInput[] = [];
    const live = new Outputs();
    const feed: KrakenSpotFeed = new KrakenSpotFeed({
      url: 'ws://in-process/v2',
      symbols: config.symbols,
      depth: config.depth,
      dial: inProcessDial(serve(market, scheduler), scheduler),
      scheduler,
      seed: 1,
      onInput: (each) => inputs.push(each),
      onEvent: (event) => session.onEvent(event),
    });
    const session = new PaperSession(config, feed.market, live);
    feed.start();
    scheduler.advance(micros(20 * SECOND));
    const halt: SessionInput = { type: 'halt', recvTs: scheduler.now(), cause: 'operator' };
    inputs.push(halt);
    session.halt(halt.cause);
    scheduler.advance(micros(SECOND));
    const closed = feed.close();
    scheduler.advance(micros(SECOND));
    await closed;
    const summary = session.finish();
    expect(summary.fills.total).toBeGreaterThan(5);
    expect(inputs.filter(({ type }) => type === 'tick').length).toBeGreaterThan(10);

    const again = new Outputs();
    expect(await rerun(config, inputs, again)).toEqual(summary);
    expect(again.hash).toBe(live.hash);
  });
});

test('a maker that runs into the order rate again and again stays calm', () => {
  const { maxOrderNotional, maxPositionNotional } = makerConfig().limits;
  const limits = { maxOrderNotional, ...(maxPositionNotional === undefined ? {} : { maxPositionNotional }) };
  const { session, output } = run(makerConfig({ limits }), new Market({ seed: 3 }).inputs(3000));
  const { refused } = session.summary().orders;
  expect(refused['RATE_LIMIT']).toBeGreaterThan(5);
  // It backs off between refusals: at most one a side each 100 ms.
  expect(refused['RATE_LIMIT']).toBeLessThan(600);
  expect(output.records('refused').length).toBeLessThanOrEqual(refused['RATE_LIMIT'] ?? 0);
});

test('a switch pulled twice before the start has its first cause', () => {
  const { session } = run(makerConfig(), [
    { type: 'halt', recvTs: START, cause: 'operator' },
    { type: 'halt', recvTs: START, cause: 'again' },
  ]);
  expect(session.summary().halted).toBe('operator');
});
