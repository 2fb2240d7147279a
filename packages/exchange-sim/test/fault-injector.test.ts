import { createHash } from 'node:crypto';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Scheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FaultInjector } from '../src/faults/fault-injector.ts';
import { parseFaults } from '../src/faults/fault-spec.ts';
import type { FaultTarget } from '../src/faults/fault-target.ts';
import { SimError } from '../src/index.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { bodyOf, booksOf, FaultWorld, problemsOf } from './fault-world.ts';
import { PlainV1Book } from './plain-v1-book.ts';

/** An exchange that refuses everything. */
const REFUSING: FaultTarget = {
  symbols: ['A/B'],
  setSystemStatus: refuse,
  setPairStatus: refuse,
  changePrecision: refuse,
  delist: refuse,
  revokeTokens: refuse,
  freeze: refuse,
  pullOrders: refuse,
  topOfBook: () => undefined,
};

function refuse(): never {
  throw new SimError('KB_SIM_BAD_ORDER', 'no such thing');
}

/** How often a market's orders are pulled in the next second, after so many seconds with these faults. */
function pullsAfter(seconds: number, ...faults: string[]): number {
  const scheduler = new VirtualScheduler(micros(0));
  let pulls = 0;
  const target: FaultTarget = { ...REFUSING, pullOrders: () => (pulls += 1) };
  const injector = new FaultInjector({ scheduler, seed: 1, target });
  for (const spec of parseFaults(faults)) injector.inject(spec);
  scheduler.advance(micros(seconds * SECOND));
  pulls = 0;
  scheduler.advance(micros(SECOND));
  return pulls;
}

/** Times at which a fault that is noted did something, in whole seconds from the start. */
function timesOf(world: FaultWorld, start: number): number[] {
  return world.injector.log.map(({ at }) => Math.round((at - start) / SECOND));
}

describe('when faults happen', () => {
  test('orders are pulled as often in a hundredth thin time as in the first', () => {
    const fault = 'onesided,for=1900ms,every=2s';
    expect(pullsAfter(0, fault)).toBeGreaterThan(0);
    expect(pullsAfter(200, fault)).toBe(pullsAfter(2, fault));
  });

  test('a strike hits once, so often, or all the time', () => {
    const count = (fault: string): number => {
      const world = new FaultWorld();
      world.bookClient();
      world.inject(fault);
      world.seconds(20);
      return world.injector.log.length;
    };
    expect(['dup', 'dup,count=7', 'dup,every=5s', 'dup,every=5s,count=2'].map(count)).toEqual([1, 7, 4, 2]);
    const always = count('dup,for=10s');
    expect(always).toBeGreaterThan(300);
    const share = count('dup=10%,for=10s');
    expect(share / always).toBeGreaterThan(0.05);
    expect(share / always).toBeLessThan(0.16);
    expect(count('dup,for=10s,count=50')).toBe(50);
    expect(count('dup=1%,count=2')).toBe(2);
  });

  test('a moment and a state begin at their time, and again', () => {
    const world = new FaultWorld();
    const start = world.scheduler.now();
    world.inject('status=post_only@2s,for=3s,every=10s,count=2');
    expect(world.injector.active).toMatchObject([
      { number: 1, isOpen: false, text: 'status=post_only@2s,for=3s,every=10s,count=2' },
    ]);
    world.seconds(3);
    expect([world.injector.active[0]?.isOpen, world.exchange.system]).toEqual([true, 'post_only']);
    world.seconds(40);
    expect([timesOf(world, start), world.injector.log.map(({ what }) => what)]).toEqual([
      [2, 5, 12, 15],
      ['began', 'ended', 'began', 'ended'],
    ]);
    expect([world.injector.active, world.exchange.system]).toEqual([[], 'online']);
  });

  test('a strike that found nothing to hit is not saved up', () => {
    const world = new FaultWorld();
    world.inject('dup,every=5s');
    world.seconds(23);
    const client = world.bookClient();
    world.seconds(0.5);
    const books = booksOf(client.frames);
    expect(books.filter((frame, index) => frame === books[index + 1])).toHaveLength(1);
    expect(world.injector.active).toHaveLength(1);
  });

  test('clear ends faults of a kind, or all: states go back, what is held leaves', () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('stall', 'status=maintenance', 'dup,every=1s', 'crc@1h', 'quiet');
    client.take();
    world.seconds(5);
    expect(client.take()).toEqual([]);
    world.injector.clear('stall');
    world.seconds(0);
    expect(client.take().length).toBeGreaterThan(3);
    expect(world.injector.active.map(({ spec }) => spec.kind)).toEqual(['status', 'dup', 'crc', 'quiet']);
    world.injector.clear();
    expect([world.injector.active, world.exchange.system]).toEqual([[], 'online']);
    world.seconds(5);
    expect(booksOf(client.take()).length).toBeGreaterThan(50);
    expect(problemsOf(client.frames)).toEqual([]);
  });

  test('clear lets go of what faults hold that are over: late frames, late answers', async () => {
    const world = new FaultWorld();
    const client = world.client();
    client.take();
    world.inject('ack=late:1h', 'latesnapshot=1h', 'timeout=1h', 'delay=1h,for=1s');
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    const answer = Promise.resolve(world.get('Time'));
    world.seconds(2);
    expect([client.take(), world.injector.active]).toEqual([[], []]);
    world.injector.clear();
    expect(bodyOf(await answer)).toContain('"error":[]');
    world.seconds(0);
    const frames = client.take();
    expect(frames.filter((frame) => frame.includes('"method":"subscribe"'))).toHaveLength(1);
    expect(booksOf(frames).filter((frame) => frame.includes('"type":"snapshot"'))).toHaveLength(1);
    world.seconds(1);
    expect(booksOf(client.take()).length).toBeGreaterThan(3);
  });

  test('a fault of one pair leaves the others of its request alone', () => {
    const world = new FaultWorld();
    const client = world.client();
    const [BTC, ETH] = ['BTC/USD', 'ETH/USD'];
    const has = (frame: string, ...parts: string[]): boolean => parts.every((part) => frame.includes(part));
    const granted = (symbol: string): number =>
      client.frames.filter((frame) => has(frame, '"method":"subscribe"', symbol, '"success":true')).length;
    const snapshots = (channel: string, symbol: string): number =>
      client.frames.filter((frame) => has(frame, `{"channel":"${channel}","type":"snapshot"`, symbol)).length;
    world.inject(`refuse,pair=${BTC}`);
    client.send('subscribe', { channel: 'book', symbol: [BTC, ETH] }, 7);
    world.seconds(0);
    const refused = client.frames.filter((frame) => frame.includes('"success":false'));
    expect(refused).toEqual([expect.stringMatching(/EService:Unavailable.*"req_id":7.*"symbol":"BTC\/USD"/)]);
    expect([granted(BTC), granted(ETH), snapshots('book', BTC), snapshots('book', ETH)]).toEqual([0, 1, 0, 1]);
    world.inject(`nodata,pair=${BTC}`);
    client.send('subscribe', { channel: 'ticker', symbol: [BTC, ETH] });
    world.seconds(2);
    expect([granted(BTC), granted(ETH), snapshots('ticker', BTC), snapshots('ticker', ETH)]).toEqual([1, 2, 0, 1]);
    expect(booksOf(client.frames).some((frame) => frame.includes(BTC))).toBe(false);

    const old = world.client('v1');
    world.inject(`refuse,pair=${BTC}`);
    old.sendText('{"event":"subscribe","pair":["XBT/USD","ETH/USD"],"subscription":{"name":"trade"},"reqid":9}');
    world.seconds(0);
    const answers = old.frames.filter((frame) => frame.includes('"subscriptionStatus"'));
    expect(answers).toEqual([
      expect.stringMatching(/EService:Unavailable.*XBT\/USD.*"reqid":9/),
      expect.stringMatching(/ETH\/USD.*"status":"subscribed"/),
    ]);
  });

  test('only so many subscriptions can be without data', () => {
    const world = new FaultWorld();
    const client = world.client();
    world.inject('nodata,for=ever');
    for (let from = 0; from < 1000; from += 100) {
      const symbol = Array.from({ length: 100 }, (_, index) => `A${from + index}/USD`);
      client.send('subscribe', { channel: 'trade', symbol });
    }
    world.seconds(0);
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    world.seconds(1);
    expect(booksOf(client.frames).length).toBeGreaterThan(1);
  });

  test('frames that faults add are no slowness of the client, held back or not, up to 256 MiB', () => {
    const world = new FaultWorld(1, 100_000);
    const client = world.bookClient();
    world.inject('delay=2s', 'huge=1MiB,count=3');
    world.seconds(1);
    expect([world.exchange.clients, client.closed]).toEqual([1, []]);
    world.seconds(3);
    expect([client.frames.filter((frame) => frame.length === 2 ** 20).length, client.closed]).toEqual([3, []]);

    const frame = Buffer.from('{"channel":"heartbeat"}');
    let buffered = 0;
    let isCut = false;
    const socket = {
      send: (bytes: string | Uint8Array) => void (buffered += bytes.length),
      close: () => undefined,
      terminate: () => void (isCut = true),
      get bufferedBytes() {
        return buffered;
      },
    };
    const session = { onMessage: () => undefined, onClose: () => undefined };
    let send = (): void => undefined;
    world.injector.wrap((connection) => {
      send = () => connection.send(frame);
      return session;
    })(socket);
    world.inject('huge=128MiB,count=4');
    for (let count = 0; count < 4; count += 1) send();
    expect([isCut, buffered < 400 * 2 ** 20]).toEqual([true, true]);
  });

  test('a delisted pair stays so, when a status of before ends and when another begins', () => {
    const world = new FaultWorld();
    const status = (): string => world.exchange.truth('ETH/USD').instrument.status;
    world.inject('status=post_only,for=10s,pair=ETH/USD', 'delist@5s,pair=ETH/USD');
    world.seconds(11);
    world.inject('status=cancel_only,for=1s,pair=ETH/USD');
    expect(status()).toBe('delisted');
    world.seconds(2);
    expect([status(), world.exchange.truth('BTC/USD').instrument.status]).toEqual(['delisted', 'online']);
  });

  test('a state that is cleared by who sees it begin leaves no timer behind', () => {
    const clock = new VirtualScheduler(micros(0));
    let waiting = 0;
    const scheduler: Scheduler = {
      now: () => clock.now(),
      after: (delay, task) => {
        waiting += 1;
        const cancel = clock.after(delay, task);
        return () => {
          waiting -= 1;
          cancel();
        };
      },
    };
    const target: FaultTarget = { ...REFUSING, setSystemStatus: () => injector.clear() };
    const injector = new FaultInjector({ scheduler, seed: 1, target });
    for (const spec of parseFaults(['status=maintenance,for=1h'])) injector.inject(spec);
    expect([waiting, injector.active]).toEqual([0, []]);
  });

  test('clearing one kind lets nothing go that another holds', async () => {
    const world = new FaultWorld();
    const client = world.client();
    world.inject('ack=late:1h', 'timeout=1h');
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    let isAnswered = false;
    void Promise.resolve(world.get('Time')).then(() => (isAnswered = true));
    world.seconds(2);
    for (const kind of ['crc', 'latesnapshot', 'stall'] as const) world.injector.clear(kind);
    await new Promise((resolve) => setImmediate(resolve));
    world.seconds(0);
    expect([client.frames.some((frame) => frame.includes('"method":"subscribe"')), isAnswered]).toEqual([false, false]);
  });

  test('faults of one state give way to each other, the latest first', () => {
    const world = new FaultWorld();
    world.inject(
      'status=cancel_only,for=10s',
      'status=post_only@2s,for=3s',
      'quiet,pair=BTC/USD,for=4s',
      'quiet,for=2s',
    );
    const events = (): number =>
      Object.values(world.exchange.truth('ETH/USD').counts).reduce((sum, count) => sum + count, 0);
    const moves = (): boolean => {
      const before = events();
      world.seconds(1);
      return events() > before;
    };
    expect(world.exchange.system).toBe('cancel_only');
    world.seconds(3);
    expect(world.exchange.system).toBe('post_only');
    world.seconds(3);
    expect([world.exchange.system, moves()]).toEqual(['cancel_only', false]);
    world.seconds(4);
    expect([world.exchange.system, moves()]).toEqual(['online', true]);
  });
});

describe('the injector', () => {
  test('the same seed, faults and requests give the same bytes, whoever else listens; another seed gives others', () => {
    const run = (seed: number, crowd: number): string[] => {
      const world = new FaultWorld(seed);
      const client = world.bookClient();
      for (let count = 0; count < crowd; count += 1) {
        world.client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
      }
      world.inject('drop=10%,for=20s', 'dup=10%,for=20s', 'reorder=5%,for=20s', 'crc=3%,for=20s', 'delay=20ms,for=9s');
      world.seconds(25);
      return client.frames;
    };
    const hash = (frames: readonly string[]): string => createHash('sha256').update(frames.join('\n')).digest('hex');
    const first = run(1, 0);
    expect(first.length).toBeGreaterThan(1_000);
    expect(hash(run(1, 0))).toBe(hash(first));
    expect(hash(run(1, 2))).toBe(hash(first));
    expect(hash(run(2, 0))).not.toBe(hash(first));
  });

  test('without faults a client gets the very frames of the exchange', () => {
    const heard = (wrapped: boolean): string[] => {
      const world = new FaultWorld();
      const accept = wrapped ? world.injector.wrap(world.exchange.accept) : world.exchange.accept;
      const client = connect(accept, world.scheduler);
      client.send('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] });
      world.seconds(5);
      return client.frames;
    };
    expect(heard(true)).toEqual(heard(false));
  });

  test('all that is held back of a client counts as unread, so a session may give it up', () => {
    const world = new FaultWorld(1, 100_000);
    let buffered = (): number => 0;
    const accept = world.injector.wrap((socket) => {
      buffered = () => socket.bufferedBytes;
      return world.exchange.accept(socket);
    });
    const client = connect(accept, world.scheduler);
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    world.inject('stall');
    world.seconds(10);
    expect(buffered()).toBeGreaterThan(10_000);
    for (let second = 0; second < 100 && world.exchange.clients > 0; second += 1) world.seconds(1);
    expect([world.exchange.clients, client.closed]).toEqual([0, []]); // the goodbye, too, is held back
    world.seconds(31);
    expect(client.closed).toEqual([{ code: 1006, detail: 'terminated by the server' }]);
  });

  test('a fault that ends does not let go of what another one holds', () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    client.take();
    world.inject('stall,for=10s', 'drip=5000,for=5s');
    world.seconds(9);
    expect(client.take()).toEqual([]);
    world.seconds(2);
    expect([client.take().length > 100, problemsOf(client.frames)]).toEqual([true, []]);
  });

  test('a thousand answers may be late; one more is cut', async () => {
    const world = new FaultWorld();
    world.inject('timeout=5s,for=20s');
    const outcomes = Promise.all(Array.from({ length: 1001 }, () => Promise.resolve(world.get('Time'))));
    world.seconds(5);
    const cut = (await outcomes).map((outcome) => outcome === 'cut');
    expect([cut.indexOf(true), cut.filter(Boolean).length]).toEqual([1000, 1]);
    const again = Promise.resolve(world.get('Time'));
    world.seconds(5);
    expect(bodyOf(await again)).toContain('"error":[]');
  });

  test('a client that leaves takes with it what was held back for it', () => {
    const world = new FaultWorld();
    const client = world.bookClient();
    world.inject('stall', 'reorder,count=5', 'ack=late:5s');
    client.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
    world.seconds(2);
    client.socket.terminate();
    world.seconds(0);
    expect([world.exchange.clients, client.closed.length]).toEqual([0, 1]);
    const count = client.frames.length;
    world.injector.clear();
    world.seconds(10);
    expect(client.frames.length).toBe(count);
  });

  test('many faults at once leave no connection behind', () => {
    const world = new FaultWorld();
    world.inject(
      'flap=1s,for=5m',
      'stall@3s,for=1s,every=7s',
      'reset@5s,every=5s',
      'halfopen=2s@8s,every=11s',
      'close@9s,every=13s',
      'drip=100@20s,for=5s,every=31s',
      'dup=5%,for=5m',
      'reorder=20%,for=5m',
    );
    const clients: TestClient[] = [];
    for (let second = 0; second < 120; second += 1) {
      const client = world.client();
      client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
      clients.push(client);
      world.seconds(1);
    }
    world.injector.clear();
    for (const { socket } of clients) socket.terminate();
    world.seconds(1);
    expect([world.exchange.clients, clients.filter(({ closed }) => closed.length !== 1)]).toEqual([0, []]);
  });

  test('says what it did, with connection and time', () => {
    const world = new FaultWorld();
    world.bookClient();
    world.client();
    world.inject('dup,channel=book', 'close=1012@1s', 'nonce');
    world.seconds(2);
    void world.post('Balance');
    expect(world.injector.log.map(({ fault, kind, connection, what }) => [fault, kind, connection, what])).toEqual([
      [1, 'dup', 1, 'struck data book BTC/USD'],
      [2, 'close', 0, 'began'],
      [2, 'close', 1, 'struck the connection'],
      [2, 'close', 2, 'struck the connection'],
      [3, 'nonce', 0, 'struck POST /0/private/Balance'],
    ]);
  });

  test('what the exchange refuses is written down and ends nothing', () => {
    const scheduler = new VirtualScheduler();
    const injector = new FaultInjector({ scheduler, seed: 1, target: REFUSING });
    for (const spec of parseFaults(['precision=9/9@1s,pair=A/B', 'delist,pair=A/B', 'dup'])) injector.inject(spec);
    scheduler.advance(micros(2 * SECOND));
    expect(injector.log.map(({ kind, what }) => [kind, what])).toEqual([
      ['delist', 'began'],
      ['delist', 'could not: no such thing'],
      ['precision', 'began'],
      ['precision', 'could not: no such thing'],
    ]);
    expect(injector.active.map(({ text }) => text)).toEqual(['dup']);
  });

  test('refuses a pair that is not listed, faults of an exchange where there is none, and too many', () => {
    const world = new FaultWorld();
    expect(() => world.inject('drop,pair=XBT/USD')).toThrow(expect.objectContaining({ code: 'KB_SIM_UNKNOWN_SYMBOL' }));
    expect(() => world.injector.inject({ kind: 'reset', count: 2 })).toThrow('reset: count needs every');
    const bare = new FaultInjector({ scheduler: new VirtualScheduler(), seed: 1 });
    const [status, ...others] = parseFaults(['status', ...Array<string>(201).fill('dup@1h')]);
    expect(() => bare.inject(status!)).toThrow('status changes the exchange, and there is none behind this server');
    for (const spec of others.slice(0, 200)) bare.inject(spec);
    expect(() => bare.inject(others[200]!)).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }));
    expect(bare.active).toHaveLength(200);
    bare.clear();
    expect(bare.active).toEqual([]);
  });
});

describe('what a fault is limited to', () => {
  test('a channel: fills that are lost, or told twice', () => {
    const world = new FaultWorld();
    const client = world.trader();
    const fills = (): unknown[] =>
      client
        .on('executions')
        .filter(({ type }) => type === 'update')
        .flatMap(({ data }) =>
          (data as { exec_type: string; exec_id?: string }[]).filter((each) => each.exec_type === 'trade'),
        )
        .map(({ exec_id: id }) => id);
    const buy = (): void => {
      client.send('add_order', world.order(world.token(), { order_type: 'market', limit_price: undefined }));
      world.seconds(1);
    };
    buy();
    const told = fills().length;
    expect(told).toBeGreaterThan(0);
    world.inject('drop,channel=executions,for=2s');
    buy();
    expect(fills()).toHaveLength(told);
    world.seconds(2);
    world.inject('dup,channel=executions,for=2s');
    buy();
    const twice = fills().slice(told);
    expect([twice.length > 1, twice.length / new Set(twice).size]).toEqual([true, 2]);
  });

  test('a pair, in every channel of market data; others are left alone', () => {
    const world = new FaultWorld();
    const client = world.client();
    for (const channel of ['book', 'trade', 'ticker', 'level3']) {
      client.send('subscribe', {
        channel,
        symbol: ['BTC/USD', 'ETH/USD'],
        ...(channel === 'level3' ? { token: world.token() } : {}),
      });
    }
    world.seconds(1);
    client.take();
    world.inject('drop,pair=ETH/USD,for=30s');
    world.seconds(29);
    const frames = client.take();
    const channels = new Set(frames.map((frame) => /"channel":"(\w+)"/.exec(frame)?.[1]));
    expect(channels).toEqual(new Set(['book', 'trade', 'ticker', 'level3', 'heartbeat']));
    expect(frames.filter((frame) => frame.includes('ETH/USD'))).toEqual([]);
    const lost = new Set(world.injector.log.map(({ what }) => what));
    expect(lost).toEqual(
      new Set(['book', 'trade', 'ticker', 'level3'].map((channel) => `struck data ${channel} ETH/USD`)),
    );
  });

  test('a frame that waits for the next one comes alone a second later', () => {
    const scheduler = new VirtualScheduler();
    const injector = new FaultInjector({ scheduler, seed: 1 });
    const update = (symbol: string): string => `{"channel":"trade","type":"update","data":[{"symbol":"${symbol}"}]}`;
    let send = (_frame: string): void => undefined;
    const client = connect(
      injector.wrap((socket) => {
        send = (frame) => socket.send(frame);
        return { onMessage: () => undefined, onClose: () => undefined };
      }),
      scheduler,
    );
    scheduler.advance(micros(0));
    injector.inject({ kind: 'reorder' });
    for (const symbol of ['A/B', 'C/D']) send(update(symbol));
    scheduler.advance(micros(SECOND - 1));
    expect(client.take()).toEqual([update('C/D')]);
    scheduler.advance(micros(1));
    expect(client.take()).toEqual([update('A/B')]);
  });
});

describe('faults of the feed in WebSocket v1', () => {
  const books = (client: TestClient): string[] =>
    client.frames.filter((frame) => frame.includes('"book-10"') && frame.startsWith('['));
  const problems = (client: TestClient): string[] => {
    const book = new PlainV1Book(10);
    return books(client)
      .map((frame) => book.apply(frame))
      .filter((problem) => problem !== '');
  };
  const subscribe = (world: FaultWorld): TestClient => {
    const client = world.client('v1');
    client.sendText('{"event":"subscribe","reqid":4,"pair":["XBT/USD"],"subscription":{"name":"book"}}');
    world.seconds(1);
    return client;
  };

  test.each([
    ['drop,pair=BTC/USD', (found: readonly string[]) => expect(found[0]).toContain('checksum')],
    ['crc,pair=BTC/USD', (found: readonly string[]) => expect(found).toEqual([expect.stringContaining('checksum')])],
    ['reorder,channel=book', (found: readonly string[]) => expect(found[0]).toContain('checksum')],
    ['skew=1h,for=2s', (found: readonly string[]) => expect(found).toEqual([])],
    ['unknown', (found: readonly string[]) => expect(found).toEqual([])],
  ])('%s', (fault, check) => {
    const world = new FaultWorld();
    const client = subscribe(world);
    expect(problems(client)).toEqual([]);
    world.inject(fault);
    world.seconds(5);
    expect(world.injector.log.length).toBeGreaterThan(0);
    check(problems(client));
  });

  test('a price twice, timestamps of another hour, a lost greeting', () => {
    const world = new FaultWorld();
    world.inject('statuslost');
    const client = subscribe(world);
    expect(client.frames.filter((frame) => frame.includes('systemStatus'))).toEqual([]);
    world.inject('skew=-1h,for=1s', 'dupprice');
    client.take();
    world.seconds(0.9);
    const frames = client.take().filter((frame) => frame.startsWith('['));
    const times = frames.flatMap((frame) => [...frame.matchAll(/"(\d{10})\.\d{6}"/g)].map(([, time]) => Number(time)));
    const now = world.scheduler.now() / SECOND;
    expect(times.filter((time) => time < now - 3700 || time > now - 3500)).toEqual([]);
    expect(frames.filter((frame) => /\[\["([\d.]+)","[\d.]+","[\d.]+"\],\["\1"/.test(frame)).length).toBeGreaterThan(0);
  });

  test('a refused subscription, one without data, an acknowledgement twice, too many messages', () => {
    const world = new FaultWorld();
    world.inject('refuse');
    const client = subscribe(world);
    expect(client.take()).toContain(
      '{"errorMessage":"EService:Unavailable","event":"subscriptionStatus","pair":"XBT/USD","reqid":4,"status":"error","subscription":{"name":"book"}}',
    );
    world.inject('nodata', 'ack=double');
    client.sendText('{"event":"subscribe","pair":["XBT/USD"],"subscription":{"name":"book"}}');
    world.seconds(5);
    expect(client.frames.filter((frame) => frame.includes('"status":"subscribed"'))).toHaveLength(2);
    expect(books(client)).toEqual([]);
    world.inject('ratelimit=messages');
    client.take();
    client.sendText('{"event":"ping"}');
    world.scheduler.advance(micros(1000));
    expect(client.take()).toEqual(['{"errorMessage":"Exceeded msg rate","event":"error"}']);
  });
});
