import { KbError, keyedRandom, micros } from '@kb/model';
import { snapshotOf } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { PaperAccount, PaperError } from '../src/index.ts';
import type { AccountInput, PaperAccountOptions } from '../src/index.ts';
import { answer, OPTIONS, script, SYMBOL } from './scripted-account.ts';
import type { Step } from './scripted-account.ts';

/** All that an account says of itself and of its orders, as text. */
function stateOf(account: PaperAccount): string {
  const ids = Array.from({ length: 400 }, (_, index) => [`mine-${index}`, `paper-${index}`]).flat();
  const orders = ids.map((id) => [account.queue(id), account.explain(id)]);
  return JSON.stringify([account.balances(), account.free('USD'), account.health(), account.time, orders]);
}

/** An account whose reports are answered, and everything it told. */
class Watched {
  readonly account: PaperAccount;
  readonly told: string[] = [];
  readonly inputs: string[] = [];

  constructor(open: (options: PaperAccountOptions) => PaperAccount) {
    const account: PaperAccount = open({
      ...OPTIONS,
      onReport: (report) => {
        this.told.push(JSON.stringify(report));
        answer(account, report);
      },
      onShadowFill: (model, fill) => this.told.push(JSON.stringify([model, fill])),
      onAccountReport: (report) => this.told.push(JSON.stringify(report)),
      onInput: (input) => this.inputs.push(JSON.stringify(input)),
    });
    this.account = account;
  }

  run(steps: readonly Step[], onStep: () => void = () => undefined): void {
    for (const step of steps) {
      step(this.account);
      onStep();
    }
  }
}

const read = (lines: readonly string[]): AccountInput[] => lines.map((line) => JSON.parse(line) as AccountInput);

describe.each(['plain', 'events'] as const)('an account that was told by %s calls', (as) => {
  test.each([1, 2, 3])('and is restored anywhere goes on as the one that never stopped (script %d)', (seed) => {
    const steps = script(seed, 500, as);
    const straight = new Watched((options) => new PaperAccount(options));
    const marks: { told: number; inputs: number; state: string }[] = [];
    straight.run(steps, () => {
      const [told, inputs] = [straight.told.length, straight.inputs.length];
      marks.push({ told, inputs, state: marks.length % 20 === 0 ? stateOf(straight.account) : '' });
    });
    const end = stateOf(straight.account);
    expect(straight.told.filter((line) => line.startsWith('{"type":"fill"')).length).toBeGreaterThan(20);
    expect(straight.inputs.filter((line) => line.includes('"during"')).length).toBeGreaterThan(5);

    for (let index = 0; index < 25; index += 1) {
      const cut = 20 * Math.floor(keyedRandom(seed, 'cut', index) * 25);
      const { told, inputs, state } = marks[cut] ?? { told: 0, inputs: 0, state: '' };
      const restored = new Watched((options) => PaperAccount.restore(options, read(straight.inputs.slice(0, inputs))));
      expect(restored.told).toEqual([]);
      expect(stateOf(restored.account)).toBe(state);
      restored.run(steps.slice(cut + 1));
      expect(restored.told).toEqual(straight.told.slice(told));
      expect(restored.inputs).toEqual(straight.inputs.slice(inputs));
      expect(stateOf(restored.account)).toBe(end);
    }
  });
});

describe('entries', () => {
  const steps = script(9, 300, 'plain');
  const first = new Watched((options) => new PaperAccount(options));
  first.run(steps);
  const entries = read(first.inputs);
  const restore = (inputs: readonly unknown[], options: Partial<PaperAccountOptions> = {}): PaperAccount =>
    PaperAccount.restore({ ...OPTIONS, onReport: () => undefined, ...options }, inputs);
  const failure = (inputs: readonly unknown[], options: Partial<PaperAccountOptions> = {}): PaperError => {
    try {
      restore(inputs, options);
    } catch (error) {
      if (error instanceof PaperError) return error;
      throw error;
    }
    throw new Error('expected a PaperError');
  };

  test('begin with the options, each with the version of its form', () => {
    expect(entries[0]).toEqual({ v: 1, call: 'open', options: JSON.parse(JSON.stringify(OPTIONS)) as unknown });
    expect(entries.every(({ v }) => v === 1)).toBe(true);
  });

  test('are not made by calls that are refused', () => {
    const inputs: AccountInput[] = [];
    const account = new PaperAccount({ ...OPTIONS, onReport: () => undefined, onInput: (input) => inputs.push(input) });
    const time = '2026-01-01T00:00:00Z';
    const good = { symbol: SYMBOL, side: 'buy', price: '99.00', size: '1' } as const;
    const refused: (() => unknown)[] = [
      () => account.onBook({ symbol: SYMBOL, time, snapshot: false, bids: [], asks: [] }),
      () => account.onBook({ symbol: SYMBOL, time, snapshot: true, bids: [['1.001', '1']], asks: [] }),
      () => account.onTrade({ symbol: SYMBOL, time: 'noon', side: 'buy', price: '100.00', size: '1' }),
      () => account.place({ ...good, size: '0.00001' }),
      () => account.placeBatch([good, { ...good, symbol: 'X/Y' }]),
      () => account.edit(SYMBOL, 'x', { price: '1.001' }),
      () => account.cancelAllAfter(0.5),
      () => account.onTime('noon'),
    ];
    for (const call of refused) expect(call).toThrow(KbError);
    expect(inputs).toEqual([]);
    expect(account.place(good)).toBe('paper-1');
    expect(inputs.map(({ call }) => call)).toEqual(['open', 'place']);
  });

  test('of single orders are not written down: such an event is refused before anything changes', () => {
    const open = (more: Partial<PaperAccountOptions>): PaperAccount =>
      new PaperAccount({ ...OPTIONS, onReport: () => undefined, ...more });
    const stamp = { seq: 1, venueTs: micros(1), recvTs: micros(1) };
    const event = { type: 'level3', ...stamp, symbol: SYMBOL } as never;
    const account = open({ onInput: () => undefined });
    expect(() => account.onEvent(event)).toThrow(expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION' }));
    expect(account.time).toBe('1970-01-01T00:00:00.000000Z');
  });

  test('of another version, of no call, and broken ones are named', () => {
    const at = 30;
    const instead = (value: unknown): readonly unknown[] => entries.toSpliced(at, 1, value as AccountInput);
    expect(failure(instead({ ...entries[at], v: 2 }))).toMatchObject({ code: 'KB_PAPER_RESTORE_VERSION' });
    for (const value of [
      null,
      7,
      { v: 1, call: 'toString' },
      { v: 1, call: 'place' },
      { v: 1, call: 'book', book: null },
      { v: 1, call: 'book', book: {} },
      { v: 1, call: 'time', time: 'noon' },
      { v: 1, call: 'index', symbol: 'X/Y', price: '1' },
      { v: 1, call: 'event', event: { type: 'book' } },
      { v: 1, call: 'cancel-all-after', seconds: 0.5 },
      { v: 1, call: 'time', time: '2026-01-01T00:00:00Z', during: -1 },
      entries[0],
    ]) {
      expect(failure(instead(value))).toMatchObject({
        code: 'KB_PAPER_RESTORE_BAD_INPUT',
        message: expect.stringMatching(/^entry 30: /) as string,
      });
    }
    expect(failure([])).toMatchObject({ code: 'KB_PAPER_RESTORE_BAD_INPUT' });
    expect(failure(entries.slice(1))).toMatchObject({ code: 'KB_PAPER_RESTORE_BAD_INPUT' });
  });

  test('of an account that was opened otherwise are refused, naming the option', () => {
    expect(failure(entries, { latencyMs: { feed: 5, entry: 31, ack: 10 } })).toMatchObject({
      code: 'KB_PAPER_RESTORE_DIFFERS',
      message: expect.stringContaining('another latencyMs') as string,
    });
    expect(failure(entries, { hasTrades: false }).message).toContain('hasTrades');
    const turned = { ...OPTIONS, fees: { taker: '0.0004', maker: '0.0002' } };
    expect(restore(entries, turned).balances()).toEqual(first.account.balances()); // only the order of keys
  });

  test('that a listener made after a report that does not come any more are refused', () => {
    const made = entries.findIndex(({ during }) => during !== undefined);
    expect(made).toBeGreaterThan(0);
    const moved = entries.map((entry, index) => (index === made ? { ...entry, during: 99 } : entry));
    expect(failure(moved)).toMatchObject({
      code: 'KB_PAPER_RESTORE_DIFFERS',
      message: expect.stringContaining(`entry ${made}: it was made after 99 reports`) as string,
    });
  });

  test.each([2, 5, 8, 11, 14, 17, 20])(
    'of events that join a market in its middle (after %d) hold the whole book',
    (joinsAt) => {
      const inputs: AccountInput[] = [];
      const options = { ...OPTIONS, onReport: () => undefined };
      const account = new PaperAccount({ ...options, onInput: (input) => inputs.push(input) });
      for (const step of script(4, 80, 'events').slice(joinsAt)) {
        step(account);
        if (account.book(SYMBOL) !== undefined) break;
      }
      const restored = restore(read(inputs.map((each) => JSON.stringify(each))));
      const [book, was] = [restored.book(SYMBOL), account.book(SYMBOL)];
      expect(was?.levels('buy')).toBeGreaterThanOrEqual(5);
      expect(book && snapshotOf(book)).toEqual(was && snapshotOf(was));
      expect(stateOf(restored)).toBe(stateOf(account));
      const events = inputs.flatMap((input) =>
        input.call === 'event' && input.event.type === 'book' ? [input.event] : [],
      );
      expect(events.map(({ changes }) => changes.bidPrices.length)).toEqual(
        events.map(({ changes }) => changes.bidCount),
      );
    },
  );
});
