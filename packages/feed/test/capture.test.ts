import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRecording } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, ReplayFeed } from '../src/index.ts';
import type { FeedInput } from '../src/index.ts';
import { EventLog } from './event-log.ts';

const folder = fileURLToPath(new URL('../../../../shared/data/kraken-v2/', import.meta.url));
const absent = !existsSync(folder);
const why = absent ? ' (skipped: no recordings beside the repository)' : '';

describe.skipIf(absent)(`real recordings${why}`, () => {
  test.each([
    ['book_d25_BTC-USD_2026-08-02', 'BTC/USD', 25, 2104, 1, 2051],
    ['book_d10_BTC-USD_2026-08-01_resubscribes', 'BTC/USD', 10, 377, 5, 296],
    ['book_d25_XRP-USD_2026-08-02', 'XRP/USD', 25, 1192, 1, 1146],
  ])('every checksum of %s holds', async (name, symbol, depth, lines, snapshots, updates) => {
    const log = new EventLog();
    let depthSeen = 0;
    const replay = new ReplayFeed({
      source: `${folder}${name}.ndjson.gz`,
      onEvent: (event) => {
        log.push(event);
        if (event.type === 'book') depthSeen = event.book.depth;
      },
    });
    await replay.run();
    expect(replay.statsOf(symbol)).toEqual({
      snapshots,
      updates,
      checksumOk: snapshots + updates,
      checksumFailed: 0,
      unchecked: 0,
      crossed: 0,
      skipped: 0,
      misfits: 0,
    });
    expect(depthSeen).toBe(depth);
    expect(replay.market.symbols).toEqual([symbol]);
    expect(replay.malformed).toBe(0);
    expect(log.count('book')).toBe(snapshots + updates);
    expect(replay.frames).toBeGreaterThan(snapshots + updates);
    expect(replay.frames).toBeLessThanOrEqual(lines);
    expect(log.states.at(-1)).toBe('* closed end-of-data');
  });

  test('the file that lost its trailing zeros verifies once its decimals are given', async () => {
    const source = `${folder}book_d10_BTC-USD_2023-07-30_reserialised.json.gz`;
    const replay = new ReplayFeed({ source, grids: { 'BTC/USD': { pricePrecision: 1, qtyPrecision: 8 } } });
    await replay.run();
    expect(replay.statsOf('BTC/USD')).toMatchObject({ snapshots: 1, updates: 509, checksumOk: 510, checksumFailed: 0 });
  });

  test('a digit changed inside the ten best freezes the symbol until its next snapshot', async () => {
    const log = new EventLog();
    const replay = new ReplayFeed({ source: tampered(), onEvent: log.push });
    await replay.run();
    const fault = log.events.find((event) => event.type === 'feed' && event.state === 'resyncing');
    expect(fault).toMatchObject({
      cause: 'checksum',
      detail: expect.stringMatching(/^frame 97: expected \d+ as sent, got/),
    });
    const stats = replay.statsOf('BTC/USD');
    expect(stats).toMatchObject({ checksumFailed: 1, snapshots: 5 });
    expect(stats.skipped).toBeGreaterThan(0);
    expect(stats.snapshots + stats.updates + stats.skipped).toBe(301);
    expect(log.states.slice(-2)).toEqual(['BTC/USD live snapshot', '* closed end-of-data']);
  });

  /** The resubscribe capture with one size of its 97th frame changed. */
  async function* tampered(): ReturnType<typeof readRecording> {
    let frames = 0;
    for await (const frame of readRecording(`${folder}book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz`)) {
      frames += frame.dir === 'rx' ? 1 : 0;
      const text = Buffer.from(frame.raw).toString();
      yield frames === 97 ? { ...frame, raw: Buffer.from(text.replace(/("qty":\d\.)(\d)/, changed)) } : frame;
    }
  }

  test('inputs kept from a replay give the same events in a fresh core, ticks included', async () => {
    const first = new EventLog();
    const second = new EventLog();
    const inputs: FeedInput[] = [];
    const replay = new ReplayFeed({
      source: `${folder}book_d25_XRP-USD_2026-08-02.ndjson.gz`,
      onEvent: first.push,
      onInput: (input) => inputs.push(input),
      tickEvery: micros(SECOND),
    });
    await replay.run();
    const core = new FeedCore({ onEvent: second.push });
    for (const input of inputs) core.handle(input);
    expect(second.lines).toEqual(first.lines);
    expect(first.count('timer')).toBe(42);
  });

  test('for await gives the same events as a callback', async () => {
    const source = `${folder}book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz`;
    const called = new EventLog();
    await new ReplayFeed({ source, onEvent: called.push }).run();
    const iterated = new EventLog();
    for await (const event of new ReplayFeed({ source })) iterated.push(event);
    expect(iterated.lines).toEqual(called.lines);
  });
});

function changed(_match: string, head: string, digit: string): string {
  return `${head}${(Number(digit) + 1) % 10}`;
}
