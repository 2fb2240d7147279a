import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FAULT_KINDS } from '../src/faults/fault-kinds.ts';
import { FAULT_PLANS } from '../src/faults/fault-plans.ts';
import { faultText, parseFaults } from '../src/faults/fault-spec.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { FaultWorld } from './fault-world.ts';
import { PlainBook } from './plain-book.ts';

/** The plainest client that survives: it subscribes anew when its book is wrong, and connects anew when it hears nothing. */
class StubbornClient {
  readonly #world: FaultWorld;
  readonly #closes: number[] = [];
  #client: TestClient;
  #book = new PlainBook(10);
  #read = 0;
  #hadSnapshot = false;
  #askedAt: number;
  #heardAt: number;
  /** Seconds in which its book was right at the end. */
  fresh = 0;
  longestGap = 0;
  #gap = 0;

  constructor(world: FaultWorld) {
    this.#world = world;
    this.#askedAt = this.#heardAt = world.scheduler.now();
    this.#client = this.#connect();
  }

  get reconnects(): number {
    return this.#closes.length;
  }

  /** What it does once a second. */
  look(): void {
    const now = this.#world.scheduler.now();
    const frames = this.#client.frames.slice(this.#read);
    this.#read += frames.length;
    if (frames.length > 0) this.#heardAt = now;
    const isRight = this.#apply(frames);
    if (this.#client.closed.length > 0 || now - this.#heardAt > 5 * SECOND) this.#reconnect();
    else if (!isRight || (!this.#hadSnapshot && now - this.#askedAt > 5 * SECOND)) this.#resubscribe();
    const isFresh = this.#hadSnapshot && this.#heardAt === now && isRight;
    this.#gap = isFresh ? 0 : this.#gap + 1;
    this.longestGap = Math.max(this.longestGap, this.#gap);
    if (isFresh) this.fresh += 1;
  }

  #apply(frames: readonly string[]): boolean {
    for (const frame of frames) {
      if (!frame.startsWith('{"channel":"book"')) continue;
      const isSnapshot = frame.includes('"type":"snapshot"');
      if (isSnapshot) this.#hadSnapshot = true;
      if (!this.#hadSnapshot) continue;
      const problem = this.#book.apply(frame);
      if (problem.includes('checksum')) return false;
    }
    return true;
  }

  #connect(): TestClient {
    const client = connect(this.#world.injector.wrap(this.#world.exchange.accept), this.#world.scheduler);
    client.send('subscribe', BOOK);
    return client;
  }

  #reconnect(): void {
    this.#closes.push(this.#world.scheduler.now());
    this.#client.socket.terminate();
    this.#begin();
    this.#read = 0;
    this.#client = this.#connect();
  }

  #resubscribe(): void {
    this.#client.send('unsubscribe', BOOK);
    this.#client.send('subscribe', BOOK);
    this.#begin();
  }

  #begin(): void {
    this.#book = new PlainBook(10);
    this.#hadSnapshot = false;
    this.#askedAt = this.#heardAt = this.#world.scheduler.now();
  }
}

const BOOK = { channel: 'book', symbol: ['BTC/USD'] };

describe('the plan `faulty`', () => {
  const plan = FAULT_PLANS.faulty;

  test('has all kinds of faults but those that are for good', () => {
    const missing = Object.keys(FAULT_KINDS).filter((kind) => !plan.some((fault) => fault.kind === kind));
    expect(missing).toEqual(['precision', 'delist']);
    expect(plan.filter(({ every }) => every === undefined)).toEqual([]);
    expect(parseFaults(plan.map(faultText))).toEqual(plan);
  });

  test(
    'leaves a plain client with a right book most of the time, and hits it with everything',
    { timeout: 60_000 },
    () => {
      const world = new FaultWorld();
      for (const spec of plan) world.injector.inject(spec);
      const client = new StubbornClient(world);
      let trader = world.trader();
      const SECONDS = 1_200;
      for (let second = 0; second < SECONDS; second += 1) {
        world.scheduler.advance(micros(SECOND));
        client.look();
        if (second % 7 === 0) void world.get('Time');
        if (second % 7 === 3) void world.post('Balance');
        if (second % 10 === 5) {
          if (trader.closed.length > 0) trader = world.trader();
          trader.send(
            'add_order',
            world.order(world.token(), { order_type: 'market', limit_price: undefined, order_qty: 0.001 }),
          );
        }
      }
      expect(client.fresh / SECONDS).toBeGreaterThan(0.85);
      expect(client.longestGap).toBeLessThan(30);
      expect(client.reconnects).toBeGreaterThan(5);
      const struck = new Set(world.injector.log.map(({ kind }) => kind));
      expect(plan.map(({ kind }) => kind).filter((kind) => !struck.has(kind))).toEqual([]);
      expect(world.injector.log.filter(({ what }) => what.startsWith('could not'))).toEqual([]);
    },
  );
});
