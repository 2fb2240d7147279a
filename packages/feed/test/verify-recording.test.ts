import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { encodeRecordedFrame } from '@kb/kraken';
import type { RecordedDirection, RecordedFrame } from '@kb/kraken';
import { micros, microsToIso, SECOND } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyRecording } from '../src/index.ts';
import type { CoverageGap, SymbolReport } from '../src/index.ts';
import { rejectionOf } from './error-code.ts';
import { HEARTBEAT, instrumentFrame, Pair, START, STATUS, WRONG } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

/** A recording in the making; seconds count from its start. */
class Tape {
  readonly frames: RecordedFrame[] = [];

  add(second: number, raw: string, dir: RecordedDirection = 'rx'): this {
    const recvTs = micros(START + Math.round(second * SECOND));
    this.frames.push({ recvTs, tsNs: `${recvTs}000`, dir, raw: Buffer.from(raw) });
    return this;
  }

  /** A heartbeat each second. */
  beats(from: number, to: number): this {
    for (let second = from; second <= to; second += 1) this.add(second, HEARTBEAT);
    return this;
  }

  get text(): string {
    return this.frames.map(({ recvTs, dir, raw }) => encodeRecordedFrame(recvTs, dir, raw)).join('');
  }

  async report(symbol = BTC): Promise<SymbolReport> {
    const report = (await verifyRecording(this.frames)).symbols[symbol];
    if (report === undefined) throw new Error(`no ${symbol}`);
    return report;
  }
}

/** Gaps as `cause from-to`, in seconds of the recording. */
function brief(gaps: readonly CoverageGap[]): string[] {
  return gaps.map(({ from, to, cause }) => `${cause} ${(from - START) / SECOND}-${(to - START) / SECOND}`);
}

describe('coverage', () => {
  test('counts the time in which the book is live and verified, and names each gap with its cause', async () => {
    const pair = new Pair();
    const tape = new Tape().add(0, 'wss://somewhere/v2', 'open').add(1, STATUS).add(2, pair.snapshot());
    tape.beats(3, 5).add(6, pair.nudge(WRONG)).beats(7, 9).add(10, pair.snapshot()).beats(11, 13);
    tape.add(14, 'gone', 'close').add(16, 'wss://somewhere/v2', 'open').add(18, pair.snapshot()).beats(19, 20);
    const report = await tape.report();
    expect(brief(report.gaps)).toEqual(['start 0-2', 'checksum 6-10', 'disconnect 14-18']);
    expect(report).toMatchObject({ messages: 4, checksumOk: 3, checksumFailed: 1, gapCount: 3, passPercent: 75 });
    expect(report.coveragePercent).toBe(50);
  });

  test('each symbol has its own, from the beginning of the recording', async () => {
    const [btc, eth] = [new Pair(BTC), new Pair(ETH)];
    const tape = new Tape().add(0, STATUS).add(1, btc.snapshot()).beats(2, 7).add(8, eth.snapshot()).beats(9, 10);
    expect((await tape.report(BTC)).coveragePercent).toBe(90);
    expect((await tape.report(ETH)).coveragePercent).toBe(20);
    expect((await tape.report(ETH)).gaps).toHaveLength(1);
  });

  test('ends where nothing at all was received for too long, until the next message that holds', async () => {
    const pair = new Pair();
    const tape = new Tape().add(0, pair.snapshot()).beats(1, 4).beats(30, 31).add(32, pair.nudge()).beats(33, 40);
    const report = await tape.report();
    expect(brief(report.gaps)).toEqual(['silence 4-32']);
    expect(report.coveragePercent).toBeCloseTo(30, 9);
  });

  test('ends in silence however often we ask for a sign of life, at the end of a recording too', async () => {
    const ping = '{"method":"ping"}';
    const tape = new Tape().add(0, 'wss://a', 'open').add(0, new Pair().snapshot()).beats(1, 4);
    for (let second = 5; second <= 40; second += 5) tape.add(second, ping, 'tx');
    expect(brief((await tape.report()).gaps)).toEqual(['silence 4-40']);
    tape.beats(41, 42);
    expect(brief((await tape.report()).gaps)).toEqual(['silence 4-42']);
    expect((await verifyRecording(tape.frames)).connections[0]).toMatchObject({ longestSilence: 37 * SECOND });
  });

  test('a quiet book on a connection that is alive stays covered', async () => {
    const tape = new Tape().add(0, new Pair().snapshot()).beats(1, 60);
    expect(await tape.report()).toMatchObject({ coveragePercent: 100, gaps: [] });
  });

  test('a symbol without book messages has none, which is not zero', async () => {
    const pair = new Pair();
    const tape = new Tape().add(0, instrumentFrame([pair])).add(1, pair.trades(3));
    expect(await tape.report()).toMatchObject({
      messages: 0,
      coveragePercent: undefined,
      passPercent: undefined,
      gapCount: 0,
    });
  });

  test('keeps as many gaps as it may, and counts the others', async () => {
    const pair = new Pair();
    const tape = new Tape();
    for (let round = 0; round < 10; round += 1) {
      tape.add(round * 2, pair.snapshot()).add(round * 2 + 1, pair.nudge(WRONG));
    }
    tape.add(20, HEARTBEAT);
    const { symbols } = await verifyRecording(tape.frames, { maxGaps: 3 });
    expect(symbols[BTC]).toMatchObject({ gapCount: 10 });
    expect(brief(symbols[BTC]?.gaps ?? [])).toEqual(['checksum 1-2', 'checksum 3-4', 'checksum 5-6']);
  });

  test('covered time and gaps make up the whole recording, whatever happens in it', async () => {
    const step = fc.record({
      after: fc.integer({ min: -3, max: 15 }),
      what: fc.constantFrom('nudge', 'wrong', 'snapshot', 'beat', 'open', 'close', 'noise', 'ping'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 40 }), async (steps) => {
        const pair = new Pair();
        const tape = new Tape().add(0, pair.snapshot());
        let second = 0;
        for (const { after, what } of steps) {
          second = Math.max(0, second + after);
          if (what === 'open' || what === 'close') tape.add(second, '', what);
          else if (what === 'ping') tape.add(second, '{"method":"ping"}', 'tx');
          else if (what === 'nudge') tape.add(second, pair.nudge());
          else if (what === 'wrong') tape.add(second, pair.nudge(WRONG));
          else if (what === 'snapshot') tape.add(second, pair.snapshot());
          else tape.add(second, what === 'beat' ? HEARTBEAT : '{');
        }
        const { from = micros(0), to = micros(0), symbols } = await verifyRecording(tape.frames);
        const { gaps = [], coveragePercent } = symbols[BTC] ?? {};
        const lost = gaps.reduce((sum, gap) => sum + (gap.to - gap.from), 0);
        const share = to === from ? undefined : 1 - lost / (to - from);
        expect(coveragePercent === undefined).toBe(share === undefined);
        expect(coveragePercent ?? 0).toBeCloseTo(100 * (share ?? 0), 6);
        for (const [index, gap] of gaps.entries()) {
          expect(gap.to).toBeGreaterThan(gap.from);
          expect(gap.from).toBeGreaterThanOrEqual(gaps[index - 1]?.to ?? from);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the rest of the report', () => {
  test('tells each connection, with its heartbeats and its longest silence', async () => {
    const tape = new Tape().add(0, 'wss://a', 'open').beats(1, 3).add(7, HEARTBEAT).add(8, 'reset', 'close');
    tape.add(9, 'wss://b', 'open').add(10, STATUS);
    const { connections, connectionCount, frames } = await verifyRecording(tape.frames);
    expect([connectionCount, frames]).toEqual([2, 5]);
    expect(connections).toMatchObject([
      { url: 'wss://a', closed: true, reason: 'reset', frames: 4, heartbeats: 4, longestSilence: 4 * SECOND },
      { url: 'wss://b', closed: false, reason: '', frames: 1, heartbeats: 0, longestSilence: SECOND },
    ]);
  });

  test('frames after a close line are of a connection that nobody named', async () => {
    const tape = new Tape().add(0, 'wss://a', 'open').add(1, '', 'close').beats(3, 4);
    const { connections } = await verifyRecording(tape.frames);
    expect(connections).toMatchObject([
      { url: 'wss://a', frames: 0 },
      { url: '', frames: 2, heartbeats: 2, closed: false },
    ]);
  });

  test('a recording that was not imported may leave out no checksum', async () => {
    const pair = new Pair();
    const tape = new Tape()
      .add(0, pair.snapshot())
      .add(1, pair.nudge().replace(/"checksum":\d+,/, ''))
      .add(2, HEARTBEAT);
    expect(await tape.report()).toMatchObject({ checksumFailed: 1, unchecked: 0, coveragePercent: 50 });
  });

  test('tells a clock that stepped back', async () => {
    const tape = new Tape().beats(10, 12).beats(5, 6).add(2, HEARTBEAT);
    const { clock, from, to } = await verifyRecording(tape.frames);
    expect(clock).toEqual({ stepsBack: 2, largestStepBack: 7 * SECOND });
    expect([from, to]).toEqual([START + 10 * SECOND, START + 12 * SECOND]);
  });

  test('counts trades, and the ids that are missing or there twice', async () => {
    const pair = new Pair();
    const tape = new Tape().add(0, pair.snapshot()).add(1, pair.trades(3, { firstId: 101 }));
    tape.add(2, pair.trades(2, { firstId: 110 }));
    const repeated = pair
      .trades(1, { firstId: 111 })
      .replace(/"timestamp":"[^"]+"/, '"timestamp":"2026-01-01T00:00:00Z"');
    tape.add(3, repeated);
    expect((await tape.report()).trades).toEqual({ trades: 5, gaps: 1, missing: 6, duplicates: 1, recovered: 0 });
  });

  test('compares the venue’s candles with those that its trades make', async () => {
    const pair = new Pair();
    const minute = 60;
    const trade = (tape: Tape, second: number): void => {
      pair.now = START + second * SECOND;
      tape.add(second, pair.trades(1)); // five lots at 100.0
    };
    const ohlc = (type: string, second: number, trades: number): string => {
      const begin = microsToIso(micros(START + Math.floor(second / minute) * minute * SECOND));
      const at = microsToIso(micros(START + second * SECOND));
      return (
        `{"channel":"ohlc","type":"${type}","timestamp":"${at}","data":[{"symbol":"${BTC}","open":100.0,"high":100.0,` +
        `"low":100.0,"close":100.0,"trades":${trades},"volume":${(trades * 5e-8).toFixed(8)},"vwap":100.0,` +
        `"interval_begin":"${begin}","interval":1,"timestamp":"${at}"}]}`
      );
    };
    const tape = new Tape().add(0, pair.snapshot());
    trade(tape, 30);
    tape.add(31, ohlc('snapshot', 31, 1));
    for (let second = 40; second < 400; second += 10) {
      trade(tape, second);
      const inMinute = Math.floor((second % minute) / 10) + 1;
      // Of the fourth whole minute the venue tells a trade that nobody saw.
      tape.add(second + 1, ohlc('update', second, inMinute + (Math.floor(second / minute) === 4 ? 1 : 0)));
    }
    expect((await tape.report()).candles).toEqual({ agreed: 4, disagreed: 1 });
  });

  test('names the first thing that proves a book wrong', async () => {
    const pair = new Pair();
    const tape = new Tape().add(0, pair.snapshot()).add(1, pair.nudge(WRONG)).add(2, pair.snapshot());
    tape.add(3, pair.nudge(WRONG));
    const { firstFault } = await verifyRecording(tape.frames);
    expect(firstFault).toMatchObject({ symbol: BTC, cause: 'checksum', at: START + SECOND });
    expect(firstFault?.detail).toMatch(/^frame 2: expected 1 as sent/);
  });

  test('options that cannot work are refused, and the recording is let go', async () => {
    let isOpen = false;
    async function* frames(): AsyncGenerator<RecordedFrame> {
      isOpen = true;
      try {
        yield* new Tape().beats(0, 3).frames;
      } finally {
        isOpen = false;
      }
    }
    expect(await rejectionOf(verifyRecording(frames(), { maxSilence: micros(0) }))).toBe('KB_FEED_BAD_OPTIONS');
    expect(await rejectionOf(verifyRecording(frames(), { depth: 0 }))).toBe('KB_FEED_BAD_OPTIONS');
    expect(isOpen).toBe(false);
  });

  test('an empty recording has an empty report', async () => {
    expect(await verifyRecording([])).toMatchObject({ frames: 0, from: undefined, symbols: {}, connectionCount: 0 });
  });
});

describe('segments', () => {
  function folderWith(files: Readonly<Record<string, Tape>>): (name: string) => string {
    const folder = mkdtempSync(join(tmpdir(), 'kb-verify-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, tape] of Object.entries(files)) writeFileSync(join(folder, name), tape.text);
    return (name) => join(folder, name);
  }

  test('of one recording are one run, in the order of their numbers', async () => {
    const pair = new Pair();
    const first = new Tape().add(0, pair.snapshot()).beats(1, 4);
    const second = new Tape().add(5, pair.nudge()).beats(6, 10);
    const at = folderWith({ 'run-000001.ndjson': first, 'run-000002.ndjson': second });
    const report = await verifyRecording([at('run-000002.ndjson'), at('run-000001.ndjson')]);
    expect(report.symbols[BTC]).toMatchObject({ messages: 2, checksumOk: 2, coveragePercent: 100 });
    expect(report.missingSegments).toEqual([]);
    expect(report.clock.stepsBack).toBe(0);
  });

  test('that are missing are named, and what follows counts as unknown until its snapshot', async () => {
    const pair = new Pair();
    const first = new Tape().add(0, pair.snapshot()).beats(1, 4);
    pair.nudge(); // in the segment that is lost
    const third = new Tape().beats(5, 7).add(8, pair.snapshot()).beats(9, 10);
    const at = folderWith({ 'run-000001.ndjson': first, 'run-000003.ndjson': third });
    const report = await verifyRecording([at('run-000001.ndjson'), at('run-000003.ndjson')]);
    expect(report.missingSegments).toEqual([at('run-000002.ndjson')]);
    expect(brief(report.symbols[BTC]?.gaps ?? [])).toEqual(['disconnect 4-8']);
    expect(report.symbols[BTC]).toMatchObject({ checksumFailed: 0, coveragePercent: 60 });
  });

  test('that a crash cut off end the reading, or are read as far as they go when asked for', async () => {
    const pair = new Pair();
    const [one, two] = [
      new Tape().add(0, pair.snapshot()).beats(1, 4),
      new Tape().add(8, pair.snapshot()).beats(9, 10),
    ];
    const at = folderWith({ 'run-000001.ndjson': one, 'run-000002.ndjson': two });
    appendFileSync(at('run-000001.ndjson'), '{"ts":"17');
    const paths = [at('run-000001.ndjson'), at('run-000002.ndjson')];
    await expect(verifyRecording(paths)).rejects.toMatchObject({ code: 'KB_KRAKEN_RECORDING_TRUNCATED' });
    const report = await verifyRecording(paths, { readPastDamage: true });
    expect(report.damage).toMatchObject([{ path: paths[0], line: 6, detail: expect.stringContaining('no end') }]);
    expect(brief(report.symbols[BTC]?.gaps ?? [])).toEqual(['disconnect 4-8']);
    expect(report.symbols[BTC]).toMatchObject({ checksumOk: 2, coveragePercent: 60 });
    await expect(verifyRecording([at('run-000009.ndjson')], { readPastDamage: true })).rejects.toMatchObject({
      code: 'KB_KRAKEN_RECORDING_MISSING',
    });
  });

  test('of two recordings do not go on from each other', async () => {
    const pair = new Pair();
    const one = new Tape().add(0, pair.snapshot()).beats(1, 2);
    const other = new Tape().beats(3, 5).add(6, pair.snapshot()).beats(7, 8);
    const at = folderWith({ 'a-000001.ndjson': one, 'b-000001.ndjson': other });
    const report = await verifyRecording([at('a-000001.ndjson'), at('b-000001.ndjson')]);
    expect(report.missingSegments).toEqual([]);
    expect(brief(report.symbols[BTC]?.gaps ?? [])).toEqual(['disconnect 2-6']);
  });
});

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const absent = !existsSync(data);
const why = absent ? ' (skipped: no recordings beside the repository)' : '';

describe.skipIf(absent)(`real recordings${why}`, () => {
  const sum = (symbols: readonly SymbolReport[], of: (each: SymbolReport) => number): number =>
    symbols.reduce((all, each) => all + of(each), 0);

  test.each([
    ['kraken-v2/book_d25_BTC-USD_2026-08-02.ndjson.gz', 2052, 0],
    ['kraken-v2/book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz', 301, 0],
    ['kraken-v2/book_d25_XRP-USD_2026-08-02.ndjson.gz', 1147, 0],
    // Snapshots of v1 carry no checksum.
    ['kraken-v1/book1000_10pairs_2021-04-17.ndjson.gz', 4269, 10],
    ['kraken-v1/book_d10_XBT-USD_2023-08-30.json.gz', 979, 1],
  ])('every checksum of %s holds', async (name, ok, unchecked) => {
    const { symbols, firstFault, malformed, clock } = await verifyRecording(`${data}${name}`);
    const all = Object.values(symbols);
    expect(sum(all, (each) => each.checksumOk)).toBe(ok);
    expect(sum(all, (each) => each.unchecked)).toBe(unchecked);
    expect(sum(all, (each) => each.checksumFailed + each.crossed + each.skipped)).toBe(0);
    expect([firstFault, malformed, clock.stepsBack]).toEqual([undefined, 0, 0]);
  });

  test('the file that lost its trailing zeros holds at the precision given', async () => {
    const { symbols } = await verifyRecording(`${data}kraken-v2/book_d10_BTC-USD_2023-07-30_reserialised.json.gz`, {
      grids: { [BTC]: { pricePrecision: 1, qtyPrecision: 8 } },
    });
    expect(symbols[BTC]).toMatchObject({ checksumOk: 510, checksumFailed: 0, passPercent: 100 });
  });

  test('the times between unsubscribing and the next snapshot are gaps', async () => {
    const { symbols, connections } = await verifyRecording(
      `${data}kraken-v2/book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz`,
    );
    expect(symbols[BTC]?.gaps.map(({ cause }) => cause)).toEqual(['start', 'stop', 'stop', 'stop', 'stop']);
    expect(symbols[BTC]?.coveragePercent).toBeCloseTo(98.69, 2);
    expect(connections).toMatchObject([{ heartbeats: 60, frames: 377 }]);
  });

  test('ten pairs of the old protocol are covered from their first update on', async () => {
    const { symbols, connections } = await verifyRecording(`${data}kraken-v1/book1000_10pairs_2021-04-17.ndjson.gz`);
    expect(Object.keys(symbols)).toHaveLength(10);
    for (const { gaps, coveragePercent = 0 } of Object.values(symbols)) {
      expect(gaps.map(({ cause }) => cause)).toEqual(['start', 'unchecked']);
      expect(coveragePercent).toBeGreaterThan(50);
    }
    expect(connections).toMatchObject([{ url: 'wss://ws.kraken.com' }]);
  });
});
