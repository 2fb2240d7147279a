import { keyedRandom, micros } from '@kb/model';
import type { OwnOrder } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { rerun, ResumedOutput } from '../src/index.ts';
import type { OutputRecord, PaperSessionConfig, SessionInput } from '../src/index.ts';
import { recordedSession } from '../src/rerun.ts';
import { input, Market } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

const CONFIG = makerConfig();

/** A market with everything that cuts a feed's thread: a damaged book, a lost connection, a silence. */
function eventful(seed: number, steps = 400): SessionInput[] {
  const market = new Market({ seed });
  const inputs = market.inputs(0);
  for (let step = 0; step < steps; step += 1) {
    const frames = market.step();
    const damaged = step % 150 === 70;
    inputs.push(
      ...frames.map((frame) => input(market.now, damaged ? frame.replace(/"checksum":\d/, '"checksum":0') : frame)),
    );
    const recvTs = micros(market.now + 9_000);
    if (step % 100 === 99) inputs.push({ type: 'tick', recvTs });
    const state = { type: 'state', recvTs, symbol: undefined, detail: '' } as const;
    if (step % 200 === 120) inputs.push({ ...state, state: 'connecting', cause: 'disconnect' });
    if (step % 200 === 130) inputs.push({ ...state, state: 'subscribing', cause: 'connected' });
    if (step % 150 === 75 || step % 200 === 135) inputs.push(input(market.now, market.snapshot()));
  }
  return inputs;
}

/** The records of a journal, as they are read back. */
function* recorded(lines: readonly string[]): Generator<Readonly<Record<string, unknown>>> {
  for (const [seq, line] of lines.entries()) yield { seq, ...(JSON.parse(line) as Record<string, unknown>) };
}

interface Cut {
  readonly at: number;
  /** Output records that a crash kept from the journal. */
  readonly lost: number;
}

/** Runs to a cut, stops without a word, goes on from what the journals hold, and runs to the end. */
function resumedAt(config: PaperSessionConfig, inputs: readonly SessionInput[], { at, lost }: Cut): Outputs {
  const written = new Outputs();
  const first = recordedSession(config, written);
  for (const each of inputs.slice(0, at)) first.handle(each);
  written.lines.length -= Math.min(written.lines.length, Math.max(0, lost));

  const output = new ResumedOutput(recorded([...written.lines]));
  const second = recordedSession(config, output);
  for (const each of inputs.slice(0, at)) second.handle(each);
  output.goOn(written);
  for (const each of inputs.slice(at)) second.handle(each);
  second.session.finish();
  return written;
}

describe('a run that stopped anywhere and goes on', () => {
  test.each([1, 2, 3, 4, 5])('writes what it would have written without the stop (market %d)', async (seed) => {
    const inputs = eventful(seed);
    const straight = new Outputs();
    await rerun(CONFIG, inputs, straight);
    expect(straight.records('report').length).toBeGreaterThan(20);
    const cuts = Array.from({ length: 12 }, (_, index): Cut => ({
      at: Math.floor(keyedRandom(seed, 'cut', index) * inputs.length),
      lost: Math.floor(keyedRandom(seed, 'lost', index) * 10) - 4,
    }));
    for (const cut of [{ at: 0, lost: 0 }, { at: inputs.length, lost: 3 }, ...cuts]) {
      expect(resumedAt(CONFIG, inputs, cut).hash).toBe(straight.hash);
    }
  });

  test('at every input of a few seconds: with orders on their way, in a gap, after a fill', async () => {
    const inputs = eventful(6, 160);
    const straight = new Outputs();
    await rerun(CONFIG, inputs, straight);
    for (let at = 60; at < inputs.length; at += 3) {
      expect(resumedAt(CONFIG, inputs, { at, lost: 0 }).hash).toBe(straight.hash);
    }
  });
});

describe('a run that goes on after its end', () => {
  const inputs = eventful(7);
  const [before, after] = [inputs.slice(0, 300), inputs.slice(300)];
  const resume: SessionInput = { type: 'resume', recvTs: micros(1) };

  test('keeps orders and position, and its inputs give its outputs again', async () => {
    const written = new Outputs();
    const first = recordedSession(CONFIG, written);
    for (const each of before) first.handle(each);
    const stood = first.session.finish();

    const output = new ResumedOutput(recorded([...written.lines]));
    const second = recordedSession(CONFIG, output);
    for (const each of [...before, resume]) second.handle(each);
    expect(output.goOn(written)).toBe(0);
    expect(second.session.summary()).toEqual(stood);
    expect(stood.orders.open).toBeGreaterThan(0);
    for (const each of after) second.handle(each);
    second.session.finish();

    const again = new Outputs();
    await rerun(CONFIG, [...before, resume, ...after], again);
    expect(again.hash).toBe(written.hash);
    expect(written.records('report').length).toBeGreaterThan(first.session.summary().orders.placed);
  });

  test('writes the last mark that a crash left out', () => {
    const written = new Outputs();
    const first = recordedSession(CONFIG, written);
    for (const each of before) first.handle(each);
    const output = new ResumedOutput(recorded([...written.lines]));
    const second = recordedSession(CONFIG, output);
    for (const each of [...before, resume]) second.handle(each);
    expect(output.goOn(written)).toBe(1);
    expect(written.records('mark').at(-1)?.at).toBe(second.session.engine?.now);
  });
});

test('an hour later, an order has met what traded meanwhile before its strategy can take it back', () => {
  const HOUR = 3600 * 1_000_000;
  const market = new Market({ seed: 7 });
  const output = new Outputs();
  const { session, handle } = recordedSession(CONFIG, output);
  for (const each of market.inputs(0)) handle(each);
  let bid: OwnOrder | undefined;
  for (let step = 0; step < 100 || bid === undefined; step += 1) {
    for (const frame of market.step()) handle(input(market.now, frame));
    const open = [...(session.engine?.orders.all() ?? [])].filter((order) => order.state === 'open');
    bid = open.find(({ side }) => side === 'buy');
  }
  const { clientOrderId, price } = bid;
  const stopped = session.engine?.now ?? 0;
  const known = output.lines.length;
  handle({ type: 'resume', recvTs: micros(stopped + HOUR) });
  const state = { type: 'state', symbol: undefined, detail: '', recvTs: micros(stopped + HOUR) } as const;
  handle({ ...state, state: 'connecting', cause: 'start' });
  handle({ ...state, state: 'subscribing', cause: 'connected' });
  const [cancel] = output
    .records('intent')
    .filter(({ intent }) => intent.type === 'cancel' && intent.reason === 'STALE_BOOK');
  expect(cancel?.at).toBeGreaterThan(stopped + HOUR - 20_000);

  // Trades that nobody heard of; the exchange tells the last ones to whoever subscribes.
  const missed: string[] = [];
  market.now = stopped + HOUR / 2;
  while (missed.length < 5) missed.push(...market.step().filter((frame) => frame.includes('"channel":"trade"')));
  market.now = stopped + HOUR;
  const [last = ''] = missed.slice(-1);
  const through = `"price":${((Number(price) - 5) / 100).toFixed(2)},"qty":50000.00000000`;
  const swept = last.replaceAll(/"price":[\d.]+,"qty":[\d.]+/g, through).replace('"update"', '"snapshot"');
  handle(input(market.now, swept));
  handle(input(market.now, market.snapshot()));
  for (let step = 0; step < 20; step += 1) for (const frame of market.step()) handle(input(market.now, frame));
  const reports = output.lines.slice(known).flatMap((line) => {
    const record = JSON.parse(line) as OutputRecord;
    return record.type === 'report' && record.report.clientOrderId === clientOrderId ? [record.report] : [];
  });
  expect(reports).toMatchObject([
    { type: 'fill', evidence: { recovered: true } },
    { type: 'cancel-rejected', reason: 'unknown-order' },
  ]);
});

describe('a record that is not what was written', () => {
  const record = (at: number): OutputRecord => ({ type: 'halt', on: 1, at, cause: 'x' });
  const written = [0, 1, 2].map((at) => JSON.stringify(record(at)));

  test('is named, and nothing comes after it', () => {
    const output = new ResumedOutput(recorded(written));
    output.append(record(0));
    expect(output.compared).toBe(1);
    expect(() => output.append(record(7))).toThrow(
      expect.objectContaining({
        code: 'KB_ENGINE_RESUME_DIFFERS',
        message: expect.stringMatching(/^output record 1 was .*"at":1,.* is .*"at":7,/) as string,
      }),
    );
  });

  test('is also one that the inputs do not lead to', () => {
    const output = new ResumedOutput(recorded(written));
    output.append(record(0));
    output.append(record(1));
    expect(() => output.goOn(new Outputs())).toThrow(/output record 2 was .*, is nothing/);
  });

  test('stops a run that is run again with another configuration, at its first other record', () => {
    const inputs = eventful(8, 200);
    const outputs = new Outputs();
    const first = recordedSession(CONFIG, outputs);
    for (const each of inputs) first.handle(each);
    const output = new ResumedOutput(recorded(outputs.lines));
    const second = recordedSession(makerConfig({ latency: { ...CONFIG.latency, entry: 9_000 } }), output);
    expect(() => {
      for (const each of inputs) second.handle(each);
    }).toThrow(expect.objectContaining({ code: 'KB_ENGINE_RESUME_DIFFERS' }));
    expect(output.compared).toBeGreaterThan(0);
  });
});
