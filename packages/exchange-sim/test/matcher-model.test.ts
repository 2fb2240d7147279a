import type { Side } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Matcher } from '../src/matching/matcher.ts';
import type { MatcherSink, OrderGuard } from '../src/matching/matcher.ts';
import { NO_SINK } from './event-log.ts';
import { Audit, EventNumbers, Positions } from './matcher-audit.ts';
import { commandAt, seededDraws, send } from './matcher-commands.ts';
import type { Command } from './matcher-commands.ts';
import { NaiveMatcher } from './naive-matcher.ts';

test('a million commands: the events of the plain list, in turn, and nothing lost or won', () => {
  const trial = new Trial();
  const draws = seededDraws(20_261_124);
  for (let index = 0; index < 1_000_000; index += 1) {
    trial.give(commandAt(index, draws));
    if (index % 1_000 === 0) trial.compare();
  }
  trial.compare();

  const { audit } = trial;
  expect(audit.paid).toBe(audit.received);
  expect(audit.paid).toBeGreaterThan(2n ** 64n);
  // Every way an order can go has been gone often.
  expect(WAYS.filter((way) => (audit.counts[way] ?? 0) < 200)).toEqual([]);
});

test('any short sequence of commands: the events of the plain list', () => {
  const draws = fc.array(fc.nat(9_999), { minLength: 18, maxLength: 18 });
  fc.assert(
    fc.property(fc.array(draws, { minLength: 1, maxLength: 60, size: 'max' }), (sequence) => {
      const trial = new Trial();
      for (const index of sequence.keys()) {
        trial.give(commandAt(index, (at, question) => (sequence[at]?.[question] ?? 0) / 10_000));
        trial.compare();
      }
      expect(trial.audit.paid).toBe(trial.audit.received);
    }),
    { seed: 20_260_802, numRuns: 2_000 },
  );
});

/** What each kind of command came to, and what the matcher told. */
const WAYS = [
  ...['resting', 'filled', 'refused', 'self-trade', 'KB_SIM_BAD_ORDER'].map((end) => `gtc ${end}`),
  ...['filled', 'unfilled', 'refused', 'self-trade'].map((end) => `ioc ${end}`),
  ...['filled', 'unfilled', 'refused'].map((end) => `fok ${end}`),
  ...['filled', 'unfilled', 'self-trade', 'KB_SIM_BAD_ORDER'].map((end) => `market ${end}`),
  ...['kept', 'resting', 'filled', 'refused', 'self-trade', 'unknown', 'KB_SIM_BAD_ORDER'].map((end) => `amend ${end}`),
  'cancel true',
  'cancel false',
  'ask answered',
  'trade',
  'cut',
  'cut to nothing',
  'queued',
  'resized',
  'unqueued',
];

/** A matcher and the model side by side. Throws at the first difference. */
class Trial {
  readonly audit: Audit = new Audit();
  readonly matcher: Matcher;
  readonly #naive: NaiveMatcher;
  readonly #ours = new EventNumbers();
  readonly #theirs = new EventNumbers();
  readonly #ourPositions = new Positions();
  readonly #theirPositions = new Positions();

  constructor() {
    const ours = both(
      this.#ours,
      both(this.audit, { ...NO_SINK, onTrade: (...trade) => this.#ourPositions.onTrade(...trade) }),
    );
    this.matcher = new Matcher(ours, 1, 1, guardOf(this.#ourPositions, [this.#ours, this.audit]));
    const inTurn: MatcherSink = both(this.#theirs, {
      ...NO_SINK,
      onTrade: (...trade) => {
        checkTurn(this.#naive, trade[1], trade[3], trade[4]);
        this.#theirPositions.onTrade(...trade);
      },
    });
    this.#naive = new NaiveMatcher(inTurn, guardOf(this.#theirPositions, [this.#theirs]));
  }

  give(command: Command): void {
    if ((command.type === 'limit' || command.type === 'market') && !this.matcher.isResting(command.id)) {
      for (const positions of [this.#ourPositions, this.#theirPositions]) {
        positions.learn(command.id, command.extras.owner ?? 0, command.side);
      }
    }
    const expected = send(this.#naive, command);
    this.audit.expect(command, expected);
    const outcome = send(this.matcher, command);
    if (outcome !== expected || !sameNumbers(this.#ours.values, this.#theirs.values)) {
      const said = JSON.stringify({ outcome, expected, ours: this.#ours.values, theirs: this.#theirs.values });
      throw new Error(`${String(command.type)} ${'id' in command ? command.id : ''}: ${said}`);
    }
    this.#ours.values.length = 0;
    this.#theirs.values.length = 0;
  }

  /** Compares all that rests, hidden lots and owners too. */
  compare(): void {
    this.audit.compare(this.matcher);
    for (const { id, shown, hidden, owner } of this.#naive.orders) {
      const order = this.matcher.order(id);
      if (order?.displayed !== shown || order.hidden !== hidden || order.owner !== owner) {
        throw new Error(`Order ${id} is ${JSON.stringify(order)}, not ${shown} and ${hidden} of owner ${owner}`);
      }
    }
  }
}

/** Asks the model's own list, before the trade: nobody on that side is better, or came earlier at that price. */
function checkTurn(naive: NaiveMatcher, maker: number, taker: Side, price: number): void {
  const order = naive.orders.find((other) => other.id === maker);
  if (order === undefined || order.price !== price) throw new Error(`Order ${maker} does not rest at ${price}`);
  for (const other of naive.orders) {
    if (other.side === taker || other === order) continue;
    const better = taker === 'buy' ? other.price < price : other.price > price;
    if (better || (other.price === price && other.joined < order.joined)) {
      throw new Error(`Order ${maker} traded at ${price} before order ${other.id}`);
    }
  }
}

function sameNumbers(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

function guardOf(positions: Positions, listeners: readonly Pick<OrderGuard, 'onCut'>[]): OrderGuard {
  return {
    roomOf: (id, supposed) => positions.roomOf(id, supposed),
    onCut: (id, remaining) => {
      for (const listener of listeners) listener.onCut(id, remaining);
    },
  };
}

function both(one: MatcherSink, other: MatcherSink): MatcherSink {
  return {
    onTrade: (...trade) => {
      one.onTrade(...trade);
      other.onTrade(...trade);
    },
    onQueued: (...queued) => {
      one.onQueued(...queued);
      other.onQueued(...queued);
    },
    onResized: (...resized) => {
      one.onResized(...resized);
      other.onResized(...resized);
    },
    onUnqueued: (...unqueued) => {
      one.onUnqueued(...unqueued);
      other.onUnqueued(...unqueued);
    },
    onLevel: (...level) => {
      one.onLevel(...level);
      other.onLevel(...level);
    },
    onDone: (...done) => {
      one.onDone(...done);
      other.onDone(...done);
    },
  };
}
