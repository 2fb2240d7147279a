/**
 * What it costs to hand one event on to 1, 10 and 50 consumers, until all of them have it. Hot: once per event of a feed.
 *
 * The floor is Node's EventEmitter with as many listeners: it has no queues, copies no book and lets a listener that throws or
 * is slow hold up all others. `sync` consumers are the like of it. `buffer` and `conflate` ones get batches later: twenty events
 * come in each turn of the loop, four in five about a book, of which ten levels a side are copied once for all consumers.
 * Stalled consumers never come back from their first batch; their queues are full before anything is timed.
 */
import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { lots, micros, ticks } from '@kb/model';
import type { BookEvent, MarketEvent, Scheduler, TradeEvent } from '@kb/model';
import { median } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { FanOut, FeedCore } from '../src/index.ts';
import type { QueuedConsumer } from '../src/index.ts';
import { bookFrames } from './frame-stream.ts';

export const run: BenchRun = async (options) => {
  const events = someEvents();
  const rows: BenchRow[] = [];
  for (const count of [1, 10, 50]) {
    const lines = {
      emitter: new Emitter(count),
      sync: new Fan('sync', count, 0),
      buffer: new Fan('buffer', count, 0),
      conflate: new Fan('conflate', count, 0),
      stalled: new Fan('buffer', count, count > 10 ? 10 : 0),
    };
    const time = await timesOf(lines, events, options);
    const row = (what: string, ours: number): BenchRow => ({
      name: `${what}, ${count} consumer${count === 1 ? '' : 's'}`,
      median: ours,
      unit: 'ns/push',
      against: 'EventEmitter',
      ratio: ours / time.emitter,
    });
    rows.push(row('sync', time.sync), row('buffer', time.buffer), row('conflate', time.conflate));
    if (count > 10) rows.push(row('buffer, 10 of them stalled', time.stalled));
  }
  return rows;
};

/** Somewhere to push events, with consumers that count what they get. */
interface Line {
  push(event: MarketEvent): void;
  /** @throws Error when a consumer did not get what it should have, of so many events pushed so far. */
  check(pushed: number): void;
}

class Emitter implements Line {
  readonly #emitter = new EventEmitter();
  readonly #got: number[];

  constructor(count: number) {
    this.#emitter.setMaxListeners(count);
    this.#got = Array.from({ length: count }, () => 0);
    for (let index = 0; index < count; index += 1) {
      this.#emitter.on('event', () => {
        this.#got[index]! += 1;
      });
    }
  }

  push(event: MarketEvent): void {
    this.#emitter.emit('event', event);
  }

  check(pushed: number): void {
    for (const got of this.#got) if (got !== pushed) throw new Error(`Expected ${pushed} events, were ${got}`);
  }
}

class Fan implements Line {
  readonly #fan = new FanOut({ scheduler: LOOP });
  readonly #policy: QueuedConsumer['policy'] | 'sync';
  readonly #stalled: number;

  constructor(policy: QueuedConsumer['policy'] | 'sync', count: number, stalled: number) {
    this.#policy = policy;
    this.#stalled = stalled;
    for (let index = 0; index < count; index += 1) {
      const name = `${index}`;
      if (policy === 'sync') this.#fan.subscribe({ name, policy, onEvent: nothing });
      else if (index >= stalled) this.#fan.subscribe({ name, policy, onEvents: nothing });
      else this.#fan.subscribe({ name, policy, limit: TURN, onEvents: () => new Promise(nothing) });
    }
  }

  push(event: MarketEvent): void {
    this.#fan.push(event);
  }

  check(pushed: number): void {
    for (const consumer of this.#fan.consumers.slice(this.#stalled)) {
      const { name, delivered, dropped } = consumer.stats();
      if (delivered + dropped !== pushed || (dropped > 0 && this.#policy !== 'conflate')) {
        throw new Error(`Consumer ${name}: expected ${pushed} events, were ${delivered} and ${dropped} dropped`);
      }
    }
    for (const consumer of this.#fan.consumers.slice(0, this.#stalled)) {
      const { name, laggingSince } = consumer.stats();
      if (laggingSince === undefined) throw new Error(`Consumer ${name}: expected it to be stalled`);
    }
  }
}

/** Median ns for each event until all have it, in turn and over again. */
async function timesOf<Name extends string>(
  lines: Readonly<Record<Name, Line>>,
  events: readonly MarketEvent[],
  { smoke }: BenchOptions,
): Promise<Record<Name, number>> {
  const names = Object.keys(lines) as Name[];
  const turns = smoke ? 5 : 200;
  const rounds = smoke ? 3 : 25;
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  let pushed = 0;
  for (let round = -3; round < rounds; round += 1) {
    pushed += turns * events.length;
    for (const name of names) {
      const start = performance.now();
      for (let turn = 0; turn < turns; turn += 1) {
        for (const event of events) lines[name].push(event);
        await setImmediate();
      }
      const elapsed = performance.now() - start;
      lines[name].check(pushed);
      if (round >= 0) samples.get(name)?.push((elapsed * 1e6) / (turns * events.length));
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) ?? [])])) as Record<Name, number>;
}

/** Events of one turn. The book is true, and live as it is in a feed. */
function someEvents(): MarketEvent[] {
  const books: BookEvent[] = [];
  const core = new FeedCore({
    onEvent: (event) => {
      if (event.type === 'book') books.push(event);
    },
  });
  for (const frame of bookFrames(1, 100, TURN)) core.handle({ type: 'frame', recvTs: micros(1), frame });
  const at = { seq: 0, venueTs: micros(1), recvTs: micros(1) };
  const facts = { tradeId: 1, price: ticks(635_000), size: lots(1), taker: 'buy', historical: false } as const;
  const trade: TradeEvent = { type: 'trade', symbol: 'BTC/USD', ...at, ...facts };
  const events = Array.from({ length: TURN }, (_, index) => (index % 5 === 4 ? trade : books[index + 1]));
  return events.map((event, index) => {
    if (event === undefined) throw new Error('Expected more book events');
    return { ...event, seq: index + 1 };
  });
}

function nothing(): void {}

const TURN = 20;

/** What is to be done later comes before the next turn of events. */
const LOOP: Scheduler = {
  now: () => micros(1),
  after(_delay, task) {
    queueMicrotask(task);
    return nothing;
  },
};
