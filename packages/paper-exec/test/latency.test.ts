import { KeyedRandom, micros } from '@kb/model';
import type { ExecutionReport, MarketEvent, Micros, VenueCommand } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LATENCY_PROFILES, quantileAt } from '../src/index.ts';
import type { LatencyRow } from '../src/index.ts';
import { ASKS, BIDS, SEEDED, TABLE, ZERO, arrivals, cancel, opened, place, LOSS } from './latency-scene.ts';
import { ms, Scene } from './scene.ts';

describe('draws', () => {
  const drawn = { ...ZERO, entry: TABLE, seed: 5 };

  test('V15 the same seed gives an order the same draw, whatever else is sent and in which order', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const alone = arrivals(drawn, ids);
    expect(arrivals(drawn, ids.toReversed())).toEqual(alone);
    expect(arrivals(drawn, ['x', 'c', 'y', 'a'])).toMatchObject({ a: alone['a'], c: alone['c'] });
    expect(arrivals({ ...drawn, seed: 6 }, ids)).not.toEqual(alone);
    expect(new Set(Object.values(alone)).size).toBe(5);
  });

  test('a draw is the inverse of the distribution at the uniform number of (seed, leg, kind, order, attempt)', () => {
    const share = new KeyedRandom(5, 'latency entry ws add').named('a', 0);
    expect(arrivals(drawn, ['a'])).toEqual({ a: quantileAt(TABLE, share) });
  });

  test('each later command of an order draws anew, each kind from its own distribution', () => {
    const scene = opened({ ...ZERO, entry: { add: 1_000, cancel: 3_000, amend: TABLE } });
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100);
    for (const [index, size] of ['1.9', '1.8', '1.7'].entries()) {
      scene.amend('o1', { size });
      scene.wait(1_200 + 100 * index);
    }
    scene.cancel('o1');
    scene.wait(1_500);
    const took = scene.reports.map(({ venueTs }, index) => venueTs - ms(1_000 + 100 * index));
    expect([took[0], took[4]]).toEqual([1_000, 3_000]);
    const random = new KeyedRandom(0, 'latency entry ws amend');
    const shares = [1, 2, 3].map((attempt) => random.named('o1', attempt));
    expect(took.slice(1, 4)).toEqual(shares.map((share) => quantileAt(TABLE, share)));
  });

  test('a busier market draws from its own distribution', () => {
    const tables = {
      quiet: TABLE,
      busy: TABLE.map((time) => time + 100_000),
      burst: TABLE.map((time) => time + 200_000),
    };
    const load = { window: 100_000, busyFrom: 3, burstFrom: 6 };
    const tookAfter = (events: number): number => {
      const scene = opened({ ...ZERO, entry: events % 2 === 0 ? tables : { add: tables, cancel: 0 }, load });
      for (let n = 1; n <= events; n += 1) scene.update(2_000 + n, [['99.0', `${n}.0`]]);
      scene.place('buy', '100.0', '1.0');
      scene.wait(2_000 + events).wait(3_000);
      return Math.floor((scene.reports[0]!.venueTs - ms(2_000 + events)) / 100_000);
    };
    expect([1, 2, 3, 5, 6, 20].map(tookAfter)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('commands of a connection arrive in the order in which they were sent, whatever they draw', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 1_000 }), (steps, seed) => {
        const scene = opened({ feed: TABLE, entry: TABLE, ack: TABLE, seed });
        let at = 1_000;
        const [sent, ids]: [number[], string[]] = [[], []];
        for (const step of steps) {
          scene.wait((at += step));
          sent.push(at);
          ids.push(scene.place('buy', '100.0', '0.1'));
        }
        scene.wait(at + 1_000);
        expect(scene.reports.map(({ clientOrderId }) => clientOrderId)).toEqual(ids);
        const times = scene.reports.map(({ venueTs }) => venueTs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        for (const [index, time] of times.entries()) expect(time).toBeGreaterThanOrEqual(ms(sent[index]!));
      }),
      SEEDED,
    );
  });

  test('reports of a connection come in the order in which they left the venue, of all pairs', () => {
    const scene = opened({ ...ZERO, ack: TABLE });
    scene.book(1_000, BIDS, ASKS, 'ETH/USD');
    for (let n = 0; n < 60; n += 1) {
      scene.wait(1_001 + n);
      scene.place('buy', '100.0', '0.1');
    }
    scene.wait(2_000);
    const times = scene.reports.map(({ venueTs }) => venueTs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(scene.reports.map(({ seq }) => seq)).toEqual(times.map((_, index) => index + 1));
  });

  test('each fill of an order draws anew', () => {
    const slow = TABLE.map((time) => 100_000 + 10 * time);
    const scene = opened({ ...ZERO, ack: { add: slow } });
    const random = new KeyedRandom(0, 'latency news ws');
    scene.place('buy', '100.0', '0.3');
    scene.wait(2_000).print(2_000, '100.0', '5.0');
    const seen: number[] = [];
    for (const [index, left] of [2, 1, 0].entries()) {
      const at = 3_000 + 1_000 * index;
      scene.print(at, '100.0', '0.1');
      for (let now = at; scene.fills().length === index && now < at + 900; now += 1) scene.wait(now);
      const due = ms(at) + quantileAt(slow, random.named('o1', left));
      seen.push(Math.ceil(due / 1_000) * 1_000 - scene.reports.at(-1)!.recvTs);
    }
    expect(seen).toEqual([0, 0, 0]);
  });

  test('the same calls give the same reports with every profile', () => {
    for (const latency of Object.values(LATENCY_PROFILES)) {
      const run = (): readonly ExecutionReport[] => {
        const scene = opened({ ...latency, loss: LOSS, fillBeforeAnswer: 0.5, seed: 3 });
        for (let n = 0; n < 100; n += 1) {
          scene.update(1_001 + 7 * n, [['99.9', `${1 + (n % 5)}.0`]]).print(1_001 + 7 * n, '100.0', '0.4');
          if (n % 3 === 0) scene.place(n % 2 === 0 ? 'buy' : 'sell', '100.1', '0.2');
          if (n % 5 === 0) scene.cancel(`o${1 + Math.floor(n / 6)}`);
        }
        return scene.wait(9_000).reports;
      };
      expect(run().length).toBeGreaterThan(30);
      expect(run()).toEqual(run());
    }
  });
});

describe('feed leg', () => {
  test('a drawn one is the same for 100 ms of venue time, and our clock never runs back', () => {
    const scene = opened({ ...ZERO, feed: TABLE, seed: 8 });
    const random = new KeyedRandom(8, 'latency feed');
    let clock = 0;
    for (let at = 1_000; at < 3_000; at += 50) {
      scene.wait(at);
      scene.place('buy', '100.0', '0.1');
      clock = Math.max(clock, ms(at) + quantileAt(TABLE, random.at(Math.floor(at / 100))));
      scene.venue.submit(place(`expected ${clock}`), ms(at));
    }
    scene.wait(4_000);
    const expected = scene.reports.filter(({ clientOrderId }) => clientOrderId.startsWith('expected'));
    for (const { clientOrderId, venueTs } of expected) expect(`expected ${venueTs}`).toBe(clientOrderId);
    expect(scene.reports).toHaveLength(80);
  });

  test('as received: what a message takes longer than the fastest, and what those take', () => {
    const scene = new Aged({ latency: { ...ZERO, feed: { received: true, least: 4_000 } } });
    scene.aged(52).book(1_000, BIDS, ASKS);
    const leaves = (age: number, at: number): number => {
      scene.aged(age).update(at, [['99.9', '1.0']]);
      const id = scene.place('buy', '100.0', '0.1');
      scene.wait(at + 90);
      return scene.reports.find(({ clientOrderId }) => clientOrderId === id)!.venueTs - ms(at);
    };
    expect([leaves(52, 1_100), leaves(50, 1_200), leaves(59, 1_300), leaves(50, 1_400)]).toEqual([
      4_000, 4_000, 13_000, 4_000,
    ]);
    scene.aged(70).print(1_500, '100.2', '0.1', 'buy', { historical: true });
    expect(leaves(51, 1_500)).toBe(5_000);
  });
});

/** A scene whose messages are received when they are so many milliseconds old, by clocks that nobody has compared. */
class Aged extends Scene {
  #age = 0;

  aged(age: number): this {
    this.#age = age;
    return this;
  }

  override send(event: MarketEvent): this {
    return super.send({ ...event, recvTs: micros(event.venueTs + ms(this.#age)) });
  }
}

describe('connections', () => {
  const rest = { entry: 1_000, ack: 30_000 };

  test('a command by REST neither waits for the WebSocket nor holds it up', () => {
    const scene = opened({ feed: 0, entry: 20_000, ack: 5_000, rest });
    scene.venue.submit(place('slow'), ms(1_000));
    scene.venue.submit(place('quick'), ms(1_000), 'rest');
    scene.wait(1_200);
    expect(scene.reports.map(({ clientOrderId, venueTs }) => [clientOrderId, venueTs])).toEqual([
      ['slow', ms(1_020)],
      ['quick', ms(1_001)],
    ]);
  });

  test('fills come by the WebSocket, and so before the answer by REST', () => {
    const scene = opened({ feed: 0, entry: 20_000, ack: 5_000, rest });
    scene.venue.submit(place('quick', { price: 1_002 as never }), ms(1_000), 'rest');
    scene.wait(1_200);
    expect(scene.reports.map(({ type }) => type)).toEqual(['fill', 'accepted']);
  });

  test('a connection that has no latency cannot be used', () => {
    const scene = opened(ZERO);
    const submit = (): void => scene.venue.submit(place('x'), ms(1_000), 'rest');
    expect(submit).toThrow(expect.objectContaining({ code: 'KB_PAPER_NO_LATENCY' }));
  });

  test('a batch is one message: one draw, its commands in their order', () => {
    const commands: readonly VenueCommand[] = [place('a'), place('b', { price: 1_002 as never }), cancel('a')];
    const scene = opened({ ...ZERO, entry: { add: 1_000, batch: TABLE }, ack: { add: 1_000, batch: TABLE } });
    scene.venue.submitBatch(commands, ms(1_000));
    scene.venue.submitBatch([], ms(1_000));
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted a', 'accepted b', 'cancelled a requested']);
    expect(new Set(scene.reports.map(({ venueTs }) => venueTs)).size).toBe(1);
    const share = new KeyedRandom(0, 'latency entry ws batch').named('a', 0);
    expect(scene.reports[0]!.venueTs).toBe(ms(1_000) + quantileAt(TABLE, share));
  });
});

describe('recorded round trips', () => {
  const row = (sent: number, entry: number, ack: number): LatencyRow => {
    return { sent: ms(sent), processed: ms(sent + entry), answered: ms(sent + entry + ack) };
  };
  const rows = { recorded: [row(1_000, 10, 20), row(2_000, 30, 40), row(3_000, 5, 0)] };

  test.each([
    { what: 'before the first row', at: 900, arrives: 910, answered: 930 },
    { what: 'at a row', at: 1_000, arrives: 1_010, answered: 1_030 },
    { what: 'between two rows', at: 1_500, arrives: 1_520, answered: 1_550 },
    { what: 'after the last row', at: 4_000, arrives: 4_005, answered: 4_005 },
  ])('$what', ({ at, arrives, answered }) => {
    const scene = new Scene({ latency: { feed: 0, entry: rows, ack: rows } }).book(800, BIDS, ASKS);
    scene.wait(at);
    scene.place('buy', '100.0', '1.0');
    const seen: Micros[] = [];
    for (let now = at; now < at + 120; now += 1) {
      // Past the watermark, so that the result is known before it is due.
      scene.update(now, [['99.9', '1.0']]).print(now, '100.2', '0.1', 'buy');
      if (scene.reports.length > seen.length) seen.push(ms(now));
    }
    expect(scene.reports[0]!.venueTs).toBe(ms(arrives));
    expect(seen[0]).toBeGreaterThanOrEqual(ms(answered));
    expect(seen[0]).toBeLessThanOrEqual(ms(answered + 1));
  });
});

describe('ack slack', () => {
  test('is the time a result was known less the time it was due; late ones flag the run', () => {
    const scene = opened({ feed: 5_000, entry: 15_000, ack: 10_000 });
    scene.place('buy', '100.0', '1.0');
    scene.print(1_022, '100.2', '0.1', 'buy').update(1_023, [['99.9', '1.0']]); // known at 1023 + 5, due at 1030
    expect(scene.venue.health()).toMatchObject({ ackSlack: { reports: 1, onTime: 1, max: -2_000 }, flags: [] });
    for (const each of ['p50', 'p90', 'p99'] as const) {
      expect(scene.venue.health().ackSlack[each] / -2_000).toBeCloseTo(1, 2);
    }
    scene.place('buy', '99.9', '1.0');
    scene.wait(1_200); // due at 1053, known at 1205
    const { ackSlack, flags } = scene.venue.health();
    expect(ackSlack).toMatchObject({ reports: 2, onTime: 0.5, max: 152_000 });
    expect(ackSlack.p50).toBeCloseTo(-2_000, -2);
    expect(ackSlack.p99 / 152_000).toBeCloseTo(1, 2);
    expect(flags).toEqual(['latency-faster-than-feed']);
  });

  test('one late report in a hundred is forgiven, two are not', () => {
    const health = (late: number): readonly string[] => {
      const scene = opened({ feed: 0, entry: 0, ack: 20_000 }, { latenessMargin: ms(0) });
      for (let n = 0; n < 100; n += 1) {
        scene.wait(1_100 + 100 * n);
        scene.place('buy', '90.0', '0.1');
        scene.wait(1_100 + 100 * n + (n < late ? 50 : 10));
      }
      return scene.venue.health().flags;
    };
    expect([health(0), health(1), health(2)]).toEqual([[], [], ['latency-faster-than-feed']]);
  });

  test('before the first report there is nothing to say', () => {
    expect(opened(ZERO).venue.health()).toMatchObject({
      ackSlack: { reports: 0, onTime: 1, p50: 0, p90: 0, p99: 0, max: 0 },
      flags: [],
    });
  });
});
