import { describe, expect, test } from 'vitest';
import { LATENCY_PROFILES, PaperAccount } from '../src/index.ts';
import type { PaperAccountOptions, PlainReport } from '../src/index.ts';

const symbol = 'BTC/USD';
const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

function open(options: Partial<PaperAccountOptions> = {}): {
  account: PaperAccount;
  reports: PlainReport[];
  shadows: PlainReport[];
} {
  const reports: PlainReport[] = [];
  const shadows: PlainReport[] = [];
  const account = new PaperAccount({
    pairs: [{ symbol, pricePrecision: 1, qtyPrecision: 8 }],
    balances: { USD: '10000', BTC: '0.1' },
    fees: { maker: '0.0025', taker: '0.0040' },
    latencyMs: { feed: 1.5, entry: 20, ack: 10 },
    onReport: (report) => reports.push(report),
    onShadowFill: (_model, fill) => shadows.push(fill),
    ...options,
  });
  account.onBook({ symbol, time: at(0), snapshot: true, bids: [['60000.0', '0.5']], asks: [['60000.1', '0.8']] });
  return { account, reports, shadows };
}

describe('PaperAccount', () => {
  test('tells how large its fills were beside the market', () => {
    const { account } = open({ impact: { alarm: '0.2', dailyVolume: { [symbol]: '1000' } } });
    account.onTrade({ symbol, time: at(50), side: 'sell', price: '60000.0', size: '0.3' });
    account.place({ symbol, side: 'buy', size: '0.1' });
    account.onTime(at(300));
    const { flags, impact } = account.health();
    expect(flags).toContain('impact-suspect');
    expect(impact[symbol]).toMatchObject({
      minutes: 1,
      suspectMinutes: 1,
      dailyVolume: { value: 1_000, from: 'given' },
    });
    // A ten-thousandth of the day: 1.6 bp of 6,000 USD.
    expect(Number(impact[symbol]?.charge)).toBeCloseTo(0.96, 2);
  });

  test('speaks decimal text both ways', () => {
    const { account, reports, shadows } = open();
    expect(account.place({ symbol, side: 'buy', size: '0.10000001' })).toBe('paper-1');
    account.onTime(at(200));
    expect(reports).toEqual([
      {
        type: 'accepted',
        symbol,
        time: '2026-01-01T00:00:00.021500Z',
        clientOrderId: 'paper-1',
        side: 'buy',
        price: undefined,
        size: '0.10000001',
      },
      {
        type: 'fill',
        symbol,
        time: '2026-01-01T00:00:00.021500Z',
        clientOrderId: 'paper-1',
        side: 'buy',
        price: '60000.1',
        size: '0.10000001',
        remaining: '0.00000000',
        liquidity: 'taker',
        fee: '24.0000424', // 24.0000424000… to ten decimals
        feeAsset: 'USD',
        tierBps: 40,
        rule: 'F2',
        tradeIds: [],
        recovered: false,
        ahead: {},
      },
    ]);
    expect(shadows).toEqual([reports[1], reports[1]]); // both ends of the bracket
    expect(account.balances()).toEqual({ BTC: '0.20000001', USD: '3975.989357599' });
  });

  test('places, amends and cancels; numbers in levels and whole books each time are fine', () => {
    const { account, reports } = open();
    const id = account.place({
      symbol,
      side: 'sell',
      price: '60000.1',
      size: '0.05',
      clientOrderId: 'mine',
      postOnly: true,
    });
    account.onBook({ symbol, time: at(100), snapshot: true, bids: [[60000, 0.5]], asks: [[60000.1, 0.8]] });
    account.amend(symbol, id, { price: '60000.2' });
    account.onTime(at(300));
    account.amend(symbol, id, { size: '0.04' });
    account.onTime(at(500));
    account.cancel(symbol, id);
    account.place({ symbol, side: 'sell', price: '60001.0', size: '0.05', immediateOrCancel: true });
    account.onTime(at(700));
    account.cancel(symbol, id);
    account.onTime(at(900));
    expect(reports.map(({ type, clientOrderId }) => `${type} ${clientOrderId}`)).toEqual([
      'accepted mine',
      'amended mine',
      'amended mine',
      'cancelled mine',
      'accepted paper-2',
      'cancelled paper-2',
      'cancel-rejected mine',
    ]);
    expect(reports.slice(1, 4)).toMatchObject([
      { price: '60000.2', size: '0.05000000', keptPriority: false },
      { price: '60000.2', size: '0.04000000', remaining: '0.04000000', keptPriority: true },
      { remaining: '0.04000000', reason: 'requested' },
    ]);
  });

  test('without public trades the book alone fills', () => {
    const { account, reports } = open({ hasTrades: false, follow: 'uniform' });
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' });
    account.onTime(at(100));
    account.onBook({ symbol, time: at(200), snapshot: true, bids: [['59999.0', '1']], asks: [['60000.0', '0.04']] });
    account.onTime(at(300));
    expect(reports.at(-1)).toMatchObject({
      type: 'fill',
      rule: 'F7',
      size: '0.04000000',
      ahead: { uniform: '0.50000000' },
    });
  });

  test('a gap freezes the pair until the next snapshot', () => {
    const { account, reports } = open();
    account.onGap(symbol);
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' });
    account.onTime(at(100));
    expect(reports).toMatchObject([{ type: 'rejected', reason: 'market-frozen' }]);
    const update = { symbol, time: at(150), snapshot: false, bids: [], asks: [] };
    expect(() => account.onBook(update)).toThrow(expect.objectContaining({ code: 'KB_PAPER_NO_SNAPSHOT' }));
    account.onBook({ ...update, snapshot: true, bids: [['60000.0', '0.5']] });
    account.onGap();
    account.onBook({ ...update, snapshot: true, bids: [['60000.0', '0.5']] });
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' });
    account.onTime(at(300));
    expect(reports.at(-1)).toMatchObject({ type: 'accepted' });
  });

  test('trades of a gap that you learn of later fill what stood through it', () => {
    const { account, reports } = open();
    const trade = { symbol, side: 'sell', price: '60000.0' } as const;
    account.onTrade({ ...trade, time: at(10), size: '0.1', tradeId: 7 });
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' }); // behind 0.5
    account.onTime(at(200));
    account.onGap(symbol);
    account.onBook({ symbol, time: at(400), snapshot: true, bids: [['60000.0', '0.3']], asks: [['60000.1', '0.8']] });
    account.onTrade({ ...trade, time: at(300), size: '0.4', tradeId: 8, missed: true });
    account.onTrade({ ...trade, time: at(301), size: '0.16', tradeId: 9, missed: true });
    account.onTime(at(600));
    expect(reports.slice(1)).toMatchObject([
      {
        type: 'fill',
        size: '0.06000000',
        rule: 'F5',
        tradeIds: [9],
        recovered: true,
        ahead: { central: '0.10000000' },
      },
    ]);
  });

  test.each([
    {
      what: 'an unknown pair',
      code: 'KB_PAPER_UNKNOWN_SYMBOL',
      act: (account: PaperAccount) => account.place({ symbol: 'ETH/USD', side: 'buy', size: '1' }),
    },
    {
      what: 'a price finer than the pair',
      code: 'KB_MODEL_OFF_GRID',
      act: (account: PaperAccount) => account.place({ symbol, side: 'buy', price: '60000.05', size: '1' }),
    },
    {
      what: 'a trade that is no number',
      code: 'KB_MODEL_NOT_A_DECIMAL',
      act: (account: PaperAccount) => account.onTrade({ symbol, time: at(1), side: 'buy', price: 'a', size: '1' }),
    },
    {
      what: 'a time without a zone',
      code: 'KB_MODEL_BAD_TIMESTAMP',
      act: (account: PaperAccount) => account.onTime('2026-01-01T00:00:00'),
    },
    {
      what: 'a negative size in the book',
      code: 'KB_BOOK_BAD_SIZE',
      act: (account: PaperAccount) =>
        account.onBook({ symbol, time: at(1), snapshot: false, bids: [['60000.0', '-1']], asks: [] }),
    },
  ])('$what is a coded error and loses nothing', ({ code, act }) => {
    const { account, reports } = open();
    expect(() => act(account)).toThrow(expect.objectContaining({ code }));
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' });
    account.onTime(at(100));
    expect(reports).toMatchObject([{ type: 'accepted' }]);
  });

  test('an update before the first snapshot changes nothing, not the time either', () => {
    const { account, reports } = open();
    account.onGap(symbol);
    const early = { symbol, time: at(5_000), snapshot: false, bids: [], asks: [] };
    expect(() => account.onBook(early)).toThrow(expect.objectContaining({ code: 'KB_PAPER_NO_SNAPSHOT' }));
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' });
    account.onTime(at(100));
    expect(reports).toMatchObject([{ time: '2026-01-01T00:00:00.021500Z' }]);
  });

  test('trades without ids are counted by pair, whatever ids another pair has', () => {
    const other = 'ETH/USD';
    const { account, reports } = open({
      pairs: [
        { symbol, pricePrecision: 1, qtyPrecision: 8 },
        { symbol: other, pricePrecision: 1, qtyPrecision: 8 },
      ],
    });
    account.onBook({ symbol: other, time: at(0), snapshot: true, bids: [['3000.0', '1']], asks: [['3000.2', '1']] });
    account.place({ symbol: other, side: 'buy', price: '3000.1', size: '1' });
    const trade = { symbol: other, side: 'sell', price: '3000.1', size: '0.4' } as const;
    account.onTrade({ ...trade, time: at(100) });
    account.onTrade({ symbol, side: 'buy', price: '60000.1', size: '0.1', time: at(101), tradeId: 900 });
    account.onTrade({ ...trade, time: at(102) });
    account.onTrade({ symbol, side: 'buy', price: '60000.1', size: '0.1', time: at(103), tradeId: 1 });
    account.onTrade({ ...trade, time: at(104) });
    account.onTime(at(300));
    const fills = reports.filter((report) => report.type === 'fill');
    expect(fills.map(({ size, tradeIds }) => [size, ...tradeIds])).toEqual([
      ['0.40000000', 1],
      ['0.40000000', 2],
      ['0.20000000', 3],
    ]);
  });

  test('takes a latency in full instead of three constants, and the venue’s own timer', () => {
    const latency = { latencyMs: undefined, latency: LATENCY_PROFILES['us-east'] };
    const { account, reports } = open(latency as unknown as Partial<PaperAccountOptions>);
    account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1' });
    account.cancelAllAfter(2);
    account.onTime(at(1_500));
    account.onTime(at(9_000));
    expect(reports).toMatchObject([{ type: 'accepted' }, { type: 'cancelled', reason: 'cancel-all-after' }]);
    expect(() => account.cancelAllAfter(0.5)).toThrow(expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION' }));
  });

  test('two latencies are an error', () => {
    const both = (): unknown => open({ latency: LATENCY_PROFILES.home });
    expect(both).toThrow(expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION' }));
  });

  test('latency that is not said is an error, not zero', () => {
    const options = { latencyMs: undefined } as unknown as Partial<PaperAccountOptions>;
    expect(() => open(options)).toThrow(expect.objectContaining({ code: 'KB_PAPER_NO_LATENCY' }));
  });
});
