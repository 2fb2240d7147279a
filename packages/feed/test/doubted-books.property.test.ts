import { micros } from '@kb/model';
import type { MarketEvent } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import type { FeedInput } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { Pair, START, WRONG } from './venue.ts';

const BTC = 'BTC/USD';

/** What may happen to a symbol, in whatever order. */
const STEPS = [
  'right',
  'wrong',
  'lost',
  'right snapshot',
  'wrong snapshot',
  'doubt',
  'agrees',
  'disagrees',
  'crossed',
  'malformed',
  'stale',
  'subscribing',
  'resyncing',
  'unsubscribed',
] as const;

type Step = (typeof STEPS)[number];

const UNSUBSCRIBED = `{"method":"unsubscribe","req_id":1,"result":{"channel":"book","depth":10,"symbol":"${BTC}"},"success":true}`;
const MALFORMED = `{"channel":"book","type":"update","data":[{"symbol":"${BTC}","bids":[{]}`;

/** A venue of one pair, a core that is told of it, and what both should have in common. */
class Model {
  readonly log = new EventLog();
  readonly inputs: FeedInput[] = [];
  /** What was not as it should be, in words. */
  readonly faults: string[] = [];
  readonly #pair = new Pair(BTC);
  readonly #allows: boolean;
  readonly #core: FeedCore;
  #now: number = START;
  /** True between a verdict that agrees and whatever ends it. */
  #agreed = false;
  /** True from a doubt on, until whatever ends it. */
  #doubting = false;
  #crossing = false;

  constructor(allows: boolean) {
    this.#allows = allows;
    this.#core = new FeedCore({
      symbols: [BTC],
      depth: 10,
      allowUnverified: allows,
      onEvent: (event) => {
        this.log.push(event);
        this.#onEvent(event);
      },
    });
  }

  take(step: Step): void {
    const input = this.#inputOf(step);
    if (input !== undefined) {
      this.inputs.push(input);
      this.#core.handle(input);
    }
    this.#check();
    if (step.startsWith('right')) this.#compare();
  }

  #inputOf(step: Step): FeedInput | undefined {
    this.#now += 1000;
    const at = { recvTs: micros(this.#now), symbol: BTC, detail: '' };
    const frame = (text: string): FeedInput => ({ type: 'frame', recvTs: at.recvTs, frame: Buffer.from(text) });
    switch (step) {
      case 'right':
        return frame(this.#pair.nudge());
      case 'wrong':
        return frame(this.#pair.nudge(WRONG));
      case 'lost':
        this.#pair.nudge();
        return undefined;
      case 'right snapshot':
        return frame(this.#pair.snapshot());
      case 'wrong snapshot':
        return frame(this.#pair.snapshot(WRONG));
      case 'crossed': {
        // A level that crosses, and right after it the one that takes it back.
        this.#crossing = !this.#crossing;
        return frame(this.#pair.update({ bids: [[1001, this.#crossing ? 5 : 0]] }));
      }
      case 'malformed':
        return frame(MALFORMED);
      case 'unsubscribed':
        return frame(UNSUBSCRIBED);
      case 'doubt':
        return { type: 'doubt', ...at };
      case 'agrees':
        return { type: 'verdict', agrees: true, ...at };
      case 'disagrees':
        return { type: 'verdict', agrees: false, ...at };
      case 'stale':
        return { type: 'state', ...at, symbol: undefined, state: 'stale', cause: 'silence' };
      case 'subscribing':
      case 'resyncing':
        return { type: 'state', ...at, state: step, cause: 'start' };
    }
  }

  #onEvent(event: MarketEvent): void {
    if (event.type === 'feed') {
      const isAfterDoubt = event.state === 'live' && event.cause === 'checksum';
      if (isAfterDoubt && !this.#doubting) this.faults.push('live again though the doubt was over');
      this.#agreed = event.state === 'unverified';
      this.#doubting = event.cause === 'cross-check' && event.state !== 'broken';
    }
    const isLive = this.#core.market.state(BTC) === 'live';
    if (event.type === 'book' && event.verified !== isLive) this.faults.push('told with the wrong mark');
    this.#check();
  }

  /** Nobody sees a book that the venue's checksum does not vouch for, but where a verdict does and that is allowed. */
  #check(): void {
    const { market } = this.#core;
    const state = market.state(BTC);
    const isShown = market.book(BTC) !== undefined;
    const isGood = state === 'live' || (state === 'unverified' && this.#agreed && this.#allows);
    if (isShown !== isGood) this.faults.push(`${isShown ? 'shown' : 'hidden'} while ${state}`);
    if (state === 'live' && this.#core.doubtedBook(BTC) !== undefined) this.faults.push('live and in doubt');
  }

  /** A live book is the venue's own. */
  #compare(): void {
    const book = this.#core.market.book(BTC);
    if (this.#core.market.state(BTC) !== 'live' || book === undefined) return;
    const frame = JSON.parse(this.#pair.snapshot()) as { data: { bids: { price: number; qty: number }[] }[] };
    const theirs = (frame.data[0]?.bids ?? []).map(({ price, qty }) => [Math.round(price * 10), Math.round(qty * 1e8)]);
    const ours = Array.from({ length: book.levels('buy') }, (_, index) => [
      book.priceAt('buy', index),
      book.sizeAt('buy', index),
    ]);
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) this.faults.push('live, and not the book of the venue');
  }
}

const runs = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...STEPS).map((step) => [step]) },
    // The ways into a doubt and out of it are long: chance alone would seldom find them.
    { weight: 2, arbitrary: fc.constant<Step[]>(['right snapshot', 'wrong', 'doubt', 'agrees']) },
    { weight: 1, arbitrary: fc.constant<Step[]>(Array.from({ length: 10 }, () => 'right')) },
  ),
  { maxLength: 40 },
);

test('never is a book shown that is neither verified nor allowed, whatever happens', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(runs, fc.boolean(), (steps, allows) => {
      const model = new Model(allows);
      for (const step of steps.flat()) model.take(step);
      expect(model.faults).toEqual([]);
      for (const state of model.log.states) reached.add(state);
    }),
    { numRuns: 300, seed: 11 },
  );
  for (const state of ['unverified cross-check', 'live checksum', 'broken cross-check', 'resyncing crossed']) {
    expect(reached).toContain(`${BTC} ${state}`);
  }
});

test('the same inputs give the same events, whatever happens', () => {
  fc.assert(
    fc.property(runs, fc.boolean(), (steps, allowUnverified) => {
      const model = new Model(allowUnverified);
      for (const step of steps.flat()) model.take(step);
      const log = new EventLog();
      const core = new FeedCore({ symbols: [BTC], depth: 10, allowUnverified, onEvent: log.push });
      for (const input of model.inputs) core.handle(input);
      expect(log.lines).toEqual(model.log.lines);
    }),
    { numRuns: 100, seed: 12 },
  );
});
