import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { readRecording } from '@kb/kraken';
import type { RecordedFrame } from '@kb/kraken';
import { describe, expect, test } from 'vitest';
import { TapeServer } from '../src/index.ts';
import type { SimError, TapeServerOptions } from '../src/index.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { PlainBook } from './plain-book.ts';
import { frame, record, RECORDED_AT, textOf } from './recording.ts';

const START = micros(2_000_000_000_000_000);
const RECORDING = record(20);
const isBook = (text: string): boolean => text.startsWith('{"channel":"book"') && text.includes('BTC/USD');

interface Stage {
  readonly scheduler: VirtualScheduler;
  readonly tape: TapeServer;
  readonly ends: (SimError | undefined)[];
  client(): TestClient;
  seconds(count: number): void;
}

function stage(frames: TapeServerOptions['frames'] = RECORDING): Stage {
  const scheduler = new VirtualScheduler(START);
  const ends: (SimError | undefined)[] = [];
  const tape = new TapeServer({ frames, scheduler, onEnd: (error) => ends.push(error) });
  return {
    scheduler,
    tape,
    ends,
    client: () => connect(tape.accept, scheduler),
    seconds: (count) => scheduler.advance(micros(count * SECOND)),
  };
}

function subscribeAll(client: TestClient): void {
  client.send('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] });
  client.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'], snapshot: true });
  client.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD'] });
}

describe('TapeServer', () => {
  test('plays market data verbatim, in order and with its timing, then says goodbye with 1000', () => {
    const { scheduler, client, ends, seconds } = stage();
    const arrivals: number[] = [];
    const one = client();
    const push = one.frames.push.bind(one.frames);
    one.frames.push = (...texts) => {
      if (/^\{"channel":"(book|trade|ticker)"/.test(texts[0] ?? '')) arrivals.push(scheduler.now());
      return push(...texts);
    };
    subscribeAll(one);
    seconds(25);
    const recorded = RECORDING.filter(
      (each) => each.dir === 'rx' && /^\{"channel":"(book|trade|ticker)"/.test(textOf(each)),
    );
    expect(one.frames.filter((text) => /^\{"channel":"(book|trade|ticker)"/.test(text))).toEqual(recorded.map(textOf));
    expect(arrivals).toEqual(recorded.map((each) => START + 100_000 + each.recvTs - RECORDED_AT));
    expect(one.closed).toEqual([{ code: 1000, detail: 'End of tape' }]);
    expect(ends).toEqual([undefined]);
  });

  test('makes its own status, answers, heartbeats and instruments', () => {
    const { client, seconds, tape } = stage();
    const one = client();
    one.send('subscribe', { channel: 'instrument' }, 1);
    one.send('ping', undefined, 2);
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] }, 3);
    seconds(5);
    expect(one.frames[0]).toContain('{"channel":"status"');
    expect(one.frames[1]).toContain('"req_id":1,"result":{"channel":"instrument","snapshot":true,');
    expect(one.on('instrument')[0]?.data.pairs).toMatchObject([
      { symbol: 'BTC/USD', price_precision: 1, qty_precision: 8 },
      { symbol: 'ETH/USD', price_precision: 2, qty_precision: 8 },
    ]);
    expect(one.frames.filter((text) => text === '{"channel":"heartbeat"}')).toHaveLength(5);
    expect(one.frames.filter((text) => text.includes('"time_in":"2033-05-18'))).toHaveLength(3);
    expect(tape.symbols).toEqual(['BTC/USD', 'ETH/USD']);
  });

  test('takes the pair’s rules from an instrument frame where the recording has one', () => {
    const rules = frame(
      RECORDED_AT,
      '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,"qty_increment":1E-8,"price_precision":1,"cost_precision":5,"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":0.5,"price_increment":0.5,"qty_min":0.00010000}]}}',
    );
    const { client, seconds } = stage([rules, ...RECORDING]);
    const one = client();
    one.send('subscribe', { channel: 'instrument' });
    seconds(0);
    expect(one.on('instrument')[0]?.data.pairs[0]).toMatchObject({ price_increment: 0.5, qty_min: 0.0001 });
  });

  test('serves the recorded depth and the recorded symbols only', () => {
    const { client, seconds } = stage();
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 25 });
    one.send('subscribe', { channel: 'book', symbol: ['SOL/USD', 'SOL'] });
    seconds(1);
    expect(one.frames.flatMap((text) => /^\{"error":"([^"]+)"/.exec(text)?.[1] ?? [])).toEqual([
      'Subscription depth not supported',
      'Currency pair not supported SOL/USD',
      'Currency pair not in ISO 4217-A3 format SOL',
    ]);
    expect(one.on('book')).toEqual([]);
  });

  test('does not start before somebody wants a book, and starts once', () => {
    const { client, seconds, tape } = stage();
    const one = client();
    one.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
    seconds(30);
    expect(tape.played).toBe(0);
    const two = client();
    two.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(5);
    const { played } = tape;
    expect(played).toBeGreaterThan(100);
    client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(0);
    expect(tape.played).toBe(played);
  });

  test('whoever subscribes later, or again, gets a verified snapshot and from then on the updates', () => {
    const { client, seconds } = stage();
    client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(3);
    const late = client();
    const book = new PlainBook(10);
    let read = 0;
    const check = (): number => {
      let snapshots = 0;
      for (; read < late.frames.length; read += 1) {
        const text = late.frames[read]!;
        if (!isBook(text)) continue;
        expect(book.apply(text)).toBe('');
        if (text.includes('"type":"snapshot"')) snapshots += 1;
      }
      return snapshots;
    };
    for (let round = 0; round < 3; round += 1) {
      late.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
      seconds(2);
      expect(check()).toBe(1);
      late.send('unsubscribe', { channel: 'book', symbol: ['BTC/USD'] });
      seconds(1);
      expect(check()).toBe(0);
    }
    expect(read).toBeGreaterThan(200);
  });

  test('forwards a snapshot from the middle of the recording as one', () => {
    const again = RECORDING.filter((each) => isBook(textOf(each)));
    const shift = again.at(-1)!.recvTs - RECORDED_AT + SECOND;
    const twice = [...again, ...again.map((each) => ({ ...each, recvTs: micros(each.recvTs + shift) }))];
    const { client, seconds, ends } = stage(twice);
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(60);
    expect(one.on('book').filter((message) => message.type === 'snapshot')).toHaveLength(2);
    expect(one.on('book')).toHaveLength(twice.length);
    expect(ends).toEqual([undefined]);
  });

  test('trade snapshots go to those only who asked for them', () => {
    const { client, seconds } = stage();
    const [plain, asking] = [client(), client()];
    plain.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
    asking.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'], snapshot: true });
    asking.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(10);
    expect(asking.on('trade').map((message) => message.type)).toContain('snapshot');
    expect(plain.on('trade').map((message) => message.type)).not.toContain('snapshot');
    expect(plain.on('trade')).toHaveLength(asking.on('trade').length - 1);
  });

  test('leaves out updates that come before any snapshot, and counts them', () => {
    const first = RECORDING.findIndex((each) => isBook(textOf(each)) && textOf(each).includes('"update"'));
    const { client, seconds, tape, ends } = stage([RECORDING[first]!, ...RECORDING]);
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(30);
    expect(tape.skipped).toBe(1);
    expect(one.on('book')[0]?.type).toBe('snapshot');
    expect(ends).toEqual([undefined]);
  });

  test('leaves out, and counts, market data of a symbol whose precision the recording does not tell', () => {
    const trade =
      '{"channel":"trade","type":"update","data":[{"symbol":"SOL/USD","side":"buy","price":150.01,"qty":1.00000000,"ord_type":"limit","trade_id":7,"timestamp":"2026-08-02T03:35:51.000000Z"}]}';
    const { client, seconds, tape, ends } = stage(RECORDING.toSpliced(200, 0, frame(RECORDING[200]!.recvTs, trade)));
    const one = client();
    subscribeAll(one);
    seconds(30);
    expect(ends).toEqual([undefined]);
    expect(tape.skipped).toBe(1);
    expect(one.frames).not.toContain(trade);
  });

  test('serves a symbol that appears late, once it has appeared', () => {
    const late = RECORDING.map((each) =>
      textOf(each).includes('ETH/USD') ? { ...each, recvTs: micros(each.recvTs + 30 * SECOND) } : each,
    ).toSorted((a, b) => a.recvTs - b.recvTs);
    const { client, seconds } = stage(late);
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] });
    seconds(35);
    expect(one.frames[2]).toContain('Currency pair not supported ETH/USD');
    one.send('subscribe', { channel: 'book', symbol: ['ETH/USD'] });
    seconds(1);
    expect(one.frames.some((text) => text.startsWith('{"channel":"book"') && text.includes('ETH/USD'))).toBe(true);
  });

  test('a client that comes after the end is told so', () => {
    const { client, seconds, ends } = stage();
    client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(30);
    const late = client();
    seconds(0);
    expect(late.frames).toHaveLength(1);
    expect(late.closed).toEqual([{ code: 1000, detail: 'End of tape' }]);
    expect(ends).toEqual([undefined]);
  });

  test('close ends the clients with 1001 and is silent; closing twice is fine', () => {
    const { client, seconds, tape, ends } = stage();
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(1);
    tape.close();
    tape.close();
    seconds(60);
    expect(one.closed).toEqual([{ code: 1001, detail: 'Tape closed' }]);
    expect(ends).toEqual([]);
  });
});

describe('a recording that does not hold', () => {
  test('a changed digit within the best ten stops the tape at that frame, with 1011', () => {
    const at = RECORDING.findIndex((each, index) => index > 300 && isBook(textOf(each)));
    const text = textOf(RECORDING[at]!).replace(
      /"checksum":(\d)/,
      (_all, digit: string) => `"checksum":${digit === '1' ? 2 : 1}`,
    );
    const frames = RECORDING.with(at, { ...RECORDING[at]!, raw: Buffer.from(text) });
    const { client, seconds, ends } = stage(frames);
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] });
    seconds(30);
    const received = frames.slice(0, at + 1).filter((each) => each.dir === 'rx').length;
    expect(ends).toEqual([expect.objectContaining({ code: 'KB_SIM_TAPE_DAMAGED' })]);
    expect(ends[0]?.message).toMatch(
      new RegExp(`^Received frame ${received} of the recording: checksum of BTC/USD says \\d+, the book has \\d+$`),
    );
    expect(one.closed).toEqual([{ code: 1011, detail: 'KB_SIM_TAPE_DAMAGED' }]);
    expect(one.frames).not.toContain(text);
  });

  test('a frame that cannot be read stops it too', () => {
    const frames = RECORDING.toSpliced(200, 0, frame(RECORDING[200]!.recvTs, '{"channel":"book","type":'));
    const { client, seconds, ends } = stage(frames);
    client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(30);
    expect(ends[0]).toMatchObject({ code: 'KB_SIM_TAPE_DAMAGED' });
    expect(ends[0]?.message).toContain('KB_KRAKEN_BAD_JSON');
  });

  test.each([
    ['without a frame', []],
    ['without a book', RECORDING.filter((each) => !textOf(each).includes('"book"'))],
  ])('a recording %s is said to be empty', (_what, frames) => {
    const { client, seconds, ends } = stage(frames);
    const one = client();
    seconds(1);
    expect(ends).toEqual([expect.objectContaining({ code: 'KB_SIM_TAPE_EMPTY' })]);
    expect(one.closed).toEqual([{ code: 1000, detail: 'End of tape' }]);
  });
});

describe('a recording that is read while it plays', () => {
  /** Lets pending reads finish. */
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

  test('holds requests until its beginning is known, then plays all of it', async () => {
    let taken = 0;
    const { client, seconds, ends, tape } = stage(
      (async function* frames(): AsyncGenerator<RecordedFrame> {
        for (const each of RECORDING) {
          taken += 1;
          yield await Promise.resolve(each);
        }
      })(),
    );
    const one = client();
    subscribeAll(one);
    seconds(1);
    expect(one.frames).toHaveLength(1);
    for (let round = 0; round < 200 && ends.length === 0; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- time passes and reads finish in turns
      await settle();
      seconds(1);
    }
    expect(taken).toBe(RECORDING.length);
    expect(one.on('book').length).toBe(RECORDING.filter((each) => textOf(each).startsWith('{"channel":"book"')).length);
    expect([ends, tape.skipped]).toEqual([[undefined], 0]);
  });

  test('reads no further ahead than a few thousand frames', async () => {
    const { raw } = RECORDING.find((each) => isBook(textOf(each)))!;
    let taken = 0;
    let returned = false;
    const endless = (async function* frames(): AsyncGenerator<RecordedFrame> {
      try {
        for (;;) {
          taken += 1;
          yield await Promise.resolve({
            recvTs: micros(taken * SECOND),
            tsNs: `${taken}000000000`,
            dir: 'rx' as const,
            raw,
          });
        }
      } finally {
        returned = true;
      }
    })();
    const { client, seconds, tape } = stage(endless);
    client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(1);
    await settle();
    seconds(1000);
    await settle();
    expect(taken).toBeGreaterThan(1000);
    expect(taken).toBeLessThan(6000);
    tape.close();
    await settle();
    expect(returned).toBe(true);
  });

  test('a source that fails plays what came before, then ends with the cause', async () => {
    const cause = new Error('disk on fire');
    const { client, seconds, ends, tape } = stage(
      (async function* frames(): AsyncGenerator<RecordedFrame> {
        yield* RECORDING.slice(0, 400);
        throw cause;
      })(),
    );
    client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(0);
    await settle();
    seconds(30);
    expect(ends).toEqual([expect.objectContaining({ code: 'KB_SIM_TAPE_DAMAGED', cause })]);
    expect(tape.played).toBeGreaterThan(300);
  });
});

const DATA = new URL('../../../../shared/data/kraken-v2/', import.meta.url);
describe.skipIf(!existsSync(DATA))('real captures (skipped where ../shared/data is absent)', () => {
  test.each([
    ['book_d25_BTC-USD_2026-08-02.ndjson.gz', 'BTC/USD', 25, 2052],
    ['book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz', 'BTC/USD', 10, 301],
    ['book_d25_XRP-USD_2026-08-02.ndjson.gz', 'XRP/USD', 25, 1147],
  ])('%s is served whole, each checksum true', async (file, symbol, depth, count) => {
    const frames: RecordedFrame[] = [];
    for await (const each of readRecording(fileURLToPath(new URL(file, DATA)))) frames.push(each);
    const { client, seconds, ends, tape } = stage(frames);
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: [symbol], depth });
    seconds(70);
    const book = new PlainBook(depth);
    const texts = one.frames.filter((text) => text.startsWith('{"channel":"book"'));
    for (const text of texts) expect(book.apply(text)).not.toMatch(/checksum|crossed/);
    expect([texts.length, tape.played, tape.skipped]).toEqual([count, count, 0]);
    expect(ends).toEqual([undefined]);
  });
});
