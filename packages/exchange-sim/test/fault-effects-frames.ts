import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import { booksOf, bodyOf, FaultWorld, problemsOf } from './fault-world.ts';
import type { Effects } from './fault-world.ts';
import { PlainBook } from './plain-book.ts';

/** What a client sees of faults of transport, feed and subscriptions. */
export const FRAME_EFFECTS: Effects = {
  reset: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('reset');
    world.seconds(2);
    expect(client.closed).toEqual([{ code: 1006, detail: 'terminated by the server' }]);
    expect(world.exchange.clients).toBe(0);
    expect(problemsOf(client.frames)).toEqual([]);
    expect(booksOf(world.bookClient().frames).length).toBeGreaterThan(1);
  },

  halfopen: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.take();
    world.inject('halfopen=40s');
    client.send('ping', {}, 1);
    world.seconds(39);
    expect([client.take(), client.closed]).toEqual([[], []]);
    const other = world.bookClient();
    expect(other.frames.length).toBeGreaterThan(10);
    world.seconds(2);
    expect([client.take(), client.closed.length, other.closed.length]).toEqual([[], 1, 0]);
  },

  drip: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.take();
    world.inject('drip=40,for=1m');
    world.seconds(59);
    const dripped = client.take().join('').length;
    expect(dripped).toBeGreaterThan(1_500);
    expect(dripped).toBeLessThanOrEqual(60 * 40);
    world.seconds(2);
    expect(client.take().length).toBeGreaterThan(500);
    expect(problemsOf(client.frames)).toEqual([]);
  },

  stall: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.take();
    world.inject('stall,for=5s');
    world.seconds(4.9);
    expect(client.take()).toEqual([]);
    world.seconds(0.2);
    expect(client.take().length).toBeGreaterThan(50);
    expect(problemsOf(client.frames)).toEqual([]);
  },

  delay: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('delay=3s,for=10s');
    client.take();
    world.seconds(2.9);
    expect(client.take()).toEqual([]);
    world.seconds(5);
    const [timestamp = ''] = /\d{4}-[^"]+/.exec(booksOf(client.take()).at(-1) ?? '') ?? [];
    expect(world.scheduler.now() / 1000 - Date.parse(timestamp)).toBeGreaterThan(2990);
    world.seconds(10);
    client.send('ping', {}, 7);
    world.seconds(0);
    expect(client.frames.at(-1)).toContain('"req_id":7');
    expect(problemsOf(client.frames)).toEqual([]);
  },

  handshake: () => {
    const world = new FaultWorld();
    world.inject('handshake=429:30s');
    const [refused, accepted] = [world.client(), world.client()];
    expect([refused.frames, refused.closed]).toEqual([[], [{ code: 1006, detail: 'terminated by the server' }]]);
    expect([accepted.frames.length, accepted.closed]).toEqual([1, []]);
    world.inject('handshake=tls');
    expect(world.client().closed).toHaveLength(1);
  },

  flap: () => {
    const world = new FaultWorld();
    const early = world.bookClient();
    world.inject('flap=2s,for=10s');
    world.seconds(1);
    const late = world.client();
    world.seconds(1.5);
    expect([early.closed.length, late.closed.length, late.frames.length]).toEqual([1, 0, 1]);
    world.seconds(1);
    expect(late.closed).toEqual([{ code: 1006, detail: 'terminated by the server' }]);
    world.seconds(7);
    const steady = world.bookClient();
    world.seconds(5);
    expect(steady.closed).toEqual([]);
  },

  close: () => {
    const world = new FaultWorld();
    const seen = [1000, 1001, 1008, 1011, 1012, 1013].map((code) => {
      const client = world.bookClient();
      world.inject(`close=${code}`);
      world.seconds(0);
      return client.closed;
    });
    expect(seen).toEqual([
      [{ code: 1000, detail: 'Bye' }],
      [{ code: 1001, detail: 'Going away' }],
      [{ code: 1008, detail: 'Policy violation' }],
      [{ code: 1011, detail: 'Internal error' }],
      [{ code: 1012, detail: 'Service restart' }],
      [{ code: 1013, detail: 'Try again later' }],
    ]);
    expect(world.exchange.clients).toBe(0);
  },

  drop: () => {
    const world = new FaultWorld();
    const [client, other] = world.twins();
    world.inject('drop,channel=book');
    world.seconds(5);
    expect(problemsOf(client.frames)[0]).toContain('checksum');
    expect(booksOf(other.frames).length - booksOf(client.frames).length).toBe(1);
    expect(problemsOf(other.frames)).toEqual([]);
    const trades = world.client();
    trades.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'], snapshot: false });
    world.inject('drop,channel=trade,count=2');
    world.seconds(20);
    const ids = trades
      .on('trade')
      .flatMap(({ data }) => (data as { trade_id: number }[]).map((trade) => trade.trade_id));
    expect(ids.filter((id, index) => index > 0 && id !== (ids[index - 1] ?? 0) + 1).length).toBeLessThanOrEqual(2);
    expect(world.injector.log.filter(({ kind, what }) => kind === 'drop' && what.includes('trade'))).toHaveLength(2);
  },

  dup: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('dup,count=3');
    world.seconds(5);
    const books = booksOf(client.frames);
    const twice = books.filter((frame, index) => frame === books[index + 1]);
    expect(twice).toHaveLength(3);
    expect(problemsOf(books.filter((frame, index) => frame !== books[index - 1]))).toEqual([]);
  },

  reorder: () => {
    const world = new FaultWorld();
    const [client, other] = world.twins();
    world.inject('reorder,channel=book');
    world.seconds(5);
    const [mixed, right] = [booksOf(client.frames), booksOf(other.frames)];
    const at = mixed.findIndex((frame, index) => frame !== right[index]);
    expect([mixed[at], mixed[at + 1]]).toEqual([right[at + 1], right[at]]);
    expect(mixed.slice(at + 2)).toEqual(right.slice(at + 2));
    expect(problemsOf(mixed)[0]).toContain('checksum');
  },

  crc: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('crc,pair=BTC/USD');
    world.seconds(5);
    expect(problemsOf(client.frames)).toHaveLength(1);
    expect(problemsOf(client.frames)[0]).toContain('checksum');
    world.inject('crc,for=ever');
    const late = world.bookClient();
    world.seconds(5);
    expect(problemsOf(late.frames)).toHaveLength(booksOf(late.frames).length);
    world.injector.clear('crc');
    world.seconds(5);
    expect(problemsOf(late.frames).length).toBeLessThan(booksOf(late.frames).length - 50);
  },

  cross: () => {
    for (const [value, isCrossed] of [
      ['crossed', true],
      ['locked', false],
    ] as const) {
      const world = new FaultWorld();
      const client = world.bookClient();
      world.inject(`cross=${value},pair=BTC/USD`);
      world.seconds(5);
      const book = new PlainBook(10);
      const problems = booksOf(client.frames).map((frame) => [book.apply(frame), book.bids[0], book.asks[0]] as const);
      const odd = problems.filter(([problem]) => problem !== '');
      expect(odd.map(([problem]) => problem)).toEqual(['crossed']); // and no word of a checksum
      // The levels are live, but their prices stay what they were.
      expect([world.injector.active, problems.at(-1)?.[0]]).toEqual([[], '']);
      const frames = booksOf(client.frames);
      const at = problems.findIndex(([problem]) => problem === 'crossed');
      const moved = [...(frames[at] ?? '').matchAll(/"price":([\d.]+)/g)].map(([, price]) => Number(price));
      expect(moved).toHaveLength(2);
      expect((moved[1] ?? 0) > Number(bestAskBefore(frames.slice(0, at)))).toBe(isCrossed);
    }
  },

  dupprice: () => {
    const heard = (...faults: string[]): string[] => {
      const world = new FaultWorld();
      const client = world.bookClient();
      world.inject(...faults);
      world.seconds(5);
      return booksOf(client.frames);
    };
    const [struck, right] = [heard('dupprice,count=5'), heard()];
    const twice = struck.flatMap((frame, index) => (frame === right[index] ? [] : [[frame, right[index] ?? '']]));
    expect(twice).toHaveLength(5);
    for (const [odd = '', even = ''] of twice) {
      const [[, price, size] = [], [, again, last] = []] = [...odd.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)];
      expect([again, odd.replace(`{"price":${price},"qty":${size}},`, '')]).toEqual([price, even]);
      expect(size).not.toBe(last);
    }
    expect(checksumProblems(struck)).toEqual([]);
  },

  latesnapshot: () => {
    const world = new FaultWorld();
    world.inject('latesnapshot=700ms');
    const client = world.client();
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    world.seconds(0.6);
    expect(new Set(client.on('book').map(({ type }) => type))).toEqual(new Set(['update']));
    world.seconds(2);
    expect(client.on('book').filter(({ type }) => type === 'snapshot')).toHaveLength(1);
  },

  unknown: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('unknown', 'unknown=field');
    world.seconds(2);
    expect(client.on('kb_surprise')).toHaveLength(1);
    const strange = client.on('book').filter(({ data }) => 'kb_surprise' in (data as object[])[0]!);
    expect(strange).toHaveLength(1);
    expect(problemsOf(client.frames)).toEqual([]);
  },

  garbage: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('garbage', 'garbage=number');
    world.seconds(5);
    const broken = client.frames.filter((frame) => !isJson(frame));
    expect(broken).toHaveLength(2);
    expect(broken.filter((frame) => frame.includes('"qty":NaN'))).toHaveLength(1);
    world.inject('garbage=utf8');
    world.seconds(1);
    expect(client.frames.filter((frame) => frame.includes('\ufffd'))).toHaveLength(1);
  },

  huge: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('huge=1MiB');
    world.seconds(2);
    const [huge, ...others] = client.frames.filter((frame) => frame.length > 100_000);
    expect([huge?.length, isJson(huge ?? ''), others]).toEqual([2 ** 20, true, []]);
    expect(problemsOf(client.frames)).toEqual([]);
  },

  skew: () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('skew=-1h,for=10s');
    client.take();
    client.send('ping', {}, 1);
    world.seconds(1);
    const times = client
      .take()
      .flatMap((frame) => [...frame.matchAll(/"\d{4}-[^"]+Z"/g)].map(([time]) => Date.parse(time.slice(1, -1))));
    const off = times.map((time) => Math.round((time * 1000 - world.scheduler.now()) / 1_000_000));
    expect(off.length).toBeGreaterThan(10);
    expect(off.every((seconds) => seconds >= -3601 && seconds <= -3600)).toBe(true);
    expect(problemsOf(client.frames)).toEqual([]);
    const { unixtime, rfc1123 } = (
      JSON.parse(bodyOf(world.get('Time'))) as { result: { unixtime: number; rfc1123: string } }
    ).result;
    expect(Math.round(world.scheduler.now() / 1_000_000) - unixtime).toBe(3600);
    expect(Date.parse(rfc1123) / 1000).toBe(unixtime);
    expect(bodyOf(world.get('SystemStatus'))).toContain(new Date(unixtime * 1000).toISOString().slice(0, 19));
    world.seconds(10);
    expect(bodyOf(world.get('Time'))).toContain(`"unixtime":${Math.floor(world.scheduler.now() / 1_000_000)}`);
  },

  refuse: () => {
    const world = new FaultWorld();
    const client = world.client();
    world.inject('refuse=EGeneral:Internal error');
    client.take();
    client.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD', 'ETH/USD'] }, 5);
    world.seconds(0);
    expect(client.take().map((frame) => frame.replace(/,"time_in.*/, ''))).toEqual([
      '{"error":"EGeneral:Internal error","method":"subscribe","req_id":5,"success":false,"symbol":"BTC/USD"',
      '{"error":"EGeneral:Internal error","method":"subscribe","req_id":5,"success":false,"symbol":"ETH/USD"',
    ]);
    client.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD', 'ETH/USD'] }, 6);
    world.seconds(0);
    expect(client.on('ticker')).toHaveLength(2);
  },

  nodata: () => {
    const world = new FaultWorld();
    const client = world.client();
    world.inject('nodata');
    const book = { channel: 'book', symbol: ['BTC/USD'] };
    client.send('subscribe', book, 1);
    client.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] }, 2);
    world.seconds(10);
    expect(client.frames.filter((frame) => frame.includes('"success":true'))).toHaveLength(2);
    expect([client.on('book'), client.on('heartbeat').length]).toEqual([[], 10]);
    expect(client.on('trade').length).toBeGreaterThan(0);
    client.send('unsubscribe', book, 3);
    client.send('subscribe', book, 4);
    world.seconds(1);
    expect(client.on('book')[0]?.type).toBe('snapshot');
    expect(problemsOf(client.frames)).toEqual([]);
  },

  ack: () => {
    const ask = (fault: string): { acks: number[]; firstBook: number } => {
      const world = new FaultWorld();
      world.inject(fault);
      const client = world.bookClient();
      world.seconds(3);
      const acks = client.frames.flatMap((frame, index) => (frame.startsWith('{"method":"subscribe"') ? [index] : []));
      expect(problemsOf(client.frames)).toEqual([]);
      return { acks, firstBook: client.frames.findIndex((frame) => frame.startsWith('{"channel":"book"')) };
    };
    expect(ask('ack')).toEqual({ acks: [], firstBook: 1 });
    expect(ask('ack=double')).toEqual({ acks: [1, 2], firstBook: 3 });
    const late = ask('ack=late:2s');
    expect([late.firstBook, late.acks.length]).toEqual([1, 1]);
    expect(late.acks[0]).toBeGreaterThan(50);
  },

  statuslost: () => {
    const world = new FaultWorld();
    const told = world.client();
    world.inject('statuslost,count=2');
    const [one, two, three] = [world.client(), world.client(), world.client()];
    expect([told, one, two, three].map(({ frames }) => frames.length)).toEqual([1, 0, 0, 1]);
    world.inject('statuslost', 'status=post_only,for=2s');
    world.seconds(1);
    const heard = [told, one, two, three].map((client) => client.on('status').at(-1)?.data[0].system as unknown);
    expect(heard.filter((system) => system === 'post_only')).toHaveLength(3);
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function bestAskBefore(frames: readonly string[]): string {
  const book = new PlainBook(10);
  for (const frame of frames) book.apply(frame);
  return book.asks[0]?.price ?? '';
}

/** Checksums that do not fit, by a book that lets the last size of a price count. */
function checksumProblems(frames: readonly string[]): string[] {
  const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
  const problems: string[] = [];
  for (const frame of booksOf(frames)) {
    for (const side of ['bids', 'asks'] as const) {
      if (frame.includes('"snapshot"')) sides[side].clear();
      const [, text = ''] = new RegExp(`"${side}":\\[(.*?)\\]`).exec(frame) ?? [];
      for (const [, price = '', qty = ''] of text.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)) {
        if (/[1-9]/.test(qty)) sides[side].set(price, qty);
        else sides[side].delete(price);
      }
      const sign = side === 'asks' ? 1 : -1;
      const best = [...sides[side]].toSorted(([a], [b]) => sign * (Number(a) - Number(b))).slice(0, 10);
      sides[side] = new Map(best);
    }
    const digits = [...sides.asks, ...sides.bids].flat().map((text) => text.replace('.', '').replace(/^0+/, ''));
    const [, checksum] = /"checksum":(\d+)/.exec(frame) ?? [];
    if (String(crc32(digits.join(''))) !== checksum) problems.push(frame);
  }
  return problems;
}
