import { micros, VirtualScheduler } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallGate } from '../src/rest/call-gate.ts';
import { DecayingCounter, PRIVATE_COUNTERS } from '../src/rest/decaying-counter.ts';
import { RestFailure } from '../src/rest/rest-errors.ts';
import { SlidingWindow } from '../src/rest/sliding-window.ts';
import { TokenBucket } from '../src/rest/token-bucket.ts';

const MINUTE = 60_000_000;

/** Gaps between calls: bunched, and now and then long. */
const gaps = fc.array(fc.oneof(fc.nat(1000), fc.nat(2_000_000), fc.nat(90_000_000)), { maxLength: 200 });

/** Lets promises that are settled be heard of. */
async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

describe('the token bucket', () => {
  test('gives, in any span, at most what it holds and what has flowed in since', () => {
    const limits = fc.record({
      calls: fc.integer({ min: 1, max: 7 }),
      per: fc.integer({ min: 1, max: 5_000_000 }).map(micros),
    });
    fc.assert(
      fc.property(limits, gaps, (limit, steps) => {
        const bucket = new TokenBucket(limit, micros(0));
        const taken: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          if (bucket.readyAt(micros(now)) > now) continue;
          bucket.take(micros(now));
          taken.push(now);
        }
        for (const [first, from] of taken.entries()) {
          for (let last = first; last < taken.length; last += 1) {
            const span = taken[last]! - from;
            expect(last - first + 1).toBeLessThanOrEqual(limit.calls + (span * limit.calls) / limit.per);
          }
        }
      }),
    );
  });

  test('is ready exactly when it says: not a microsecond before, and then it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 2, max: 1_000_003 }), (calls, per) => {
        const bucket = new TokenBucket({ calls, per: micros(per) }, micros(5));
        for (let i = 0; i < calls; i += 1) bucket.take(micros(5));
        const ready = bucket.readyAt(micros(5));
        expect(ready).toBe(5 + Math.ceil(per / calls));
        expect(() => bucket.take(micros(ready - 1))).toThrow('empty');
        bucket.take(ready);
      }),
    );
  });

  test('a clock that runs back gives nothing', () => {
    const bucket = new TokenBucket({ calls: 1, per: micros(10) }, micros(100));
    bucket.take(micros(100));
    expect(bucket.readyAt(micros(50))).toBe(110);
    expect(bucket.readyAt(micros(110))).toBe(110);
  });
});

test('the sliding window allows a call exactly when a list of all calls would', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), gaps, (most, steps) => {
      const window = new SlidingWindow(most, micros(MINUTE));
      const all: number[] = [];
      let now = 0;
      for (const step of steps) {
        now += step;
        const isAllowed = all.filter((at) => at > now - MINUTE).length < most;
        expect(window.readyAt(micros(now)) <= now).toBe(isAllowed);
        if (!isAllowed) continue;
        window.take(micros(now));
        all.push(now);
      }
    }),
  );
});

describe('the gate', () => {
  function gateOf(options: Partial<ConstructorParameters<typeof CallGate>[0]> = {}) {
    const scheduler = new VirtualScheduler();
    const gate = new CallGate({
      scheduler,
      rateLimit: { calls: 3, per: micros(3_000_000) },
      callsPerMinute: 60,
      queueLimit: 100,
      ...options,
    });
    const passed: [number, number][] = [];
    const enter = (id: number, signal: AbortSignal = new AbortController().signal): Promise<void> =>
      gate.enter(signal).then(() => void passed.push([id, scheduler.now()]));
    return { scheduler, gate, passed, enter };
  }

  test('lets three through at once, then one a second, in order', async () => {
    const { scheduler, gate, passed, enter } = gateOf();
    const all = Array.from({ length: 6 }, (_, id) => enter(id));
    await settled();
    expect(gate.waiting).toBe(3);
    while (scheduler.step()) await settled();
    await Promise.all(all);
    expect(passed).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 1e6],
      [4, 2e6],
      [5, 3e6],
    ]);
  });

  test('keeps both limits for calls at any times, and is never slower than they ask', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(5_000_000), { maxLength: 40 }),
        async (calls, callsPerMinute, steps) => {
          const per = micros(3_000_000);
          const { scheduler, passed, enter } = gateOf({ rateLimit: { calls, per }, callsPerMinute });
          const asked: number[] = [];
          const all = steps.map((step, id) => {
            scheduler.advance(micros(step));
            asked.push(scheduler.now());
            return enter(id);
          });
          while (scheduler.step());
          await Promise.all(all);
          expect(passed.map(([id]) => id)).toEqual(steps.map((_, id) => id));
          // `then` ran late: the times come from a slow model that looks at every call before.
          const times = modelTimes(asked, calls, per, callsPerMinute);
          const other = gateOf({ rateLimit: { calls, per }, callsPerMinute });
          const told: Promise<void>[] = [];
          for (const [id, at] of asked.entries()) {
            while ((other.scheduler.nextDue() ?? Infinity) <= at) {
              other.scheduler.step();
              await settled();
            }
            other.scheduler.advance(micros(at - other.scheduler.now()));
            told.push(other.enter(id));
            await settled();
          }
          while (other.scheduler.step()) await settled();
          await Promise.all(told);
          expect(other.passed.map(([, at]) => at)).toEqual(times);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a queue that is full refuses at once, with a code', async () => {
    const { scheduler, gate, enter } = gateOf({ queueLimit: 2 });
    const all = Array.from({ length: 5 }, (_, id) => enter(id));
    await expect(enter(5)).rejects.toMatchObject({ fault: { code: 'KB_KRAKEN_REST_QUEUE_FULL', kind: 'rate-limit' } });
    expect(gate.waiting).toBe(2);
    while (scheduler.step());
    await Promise.all(all);
    expect(gate.waiting).toBe(0);
  });

  test('who gives up leaves the queue at once, and the others move up', async () => {
    const { scheduler, gate, passed, enter } = gateOf({ queueLimit: 3 });
    const stop = new AbortController();
    const first = [enter(0), enter(1), enter(2)];
    const leaving = enter(3, stop.signal);
    const rest = [enter(4), enter(5)];
    expect(gate.waiting).toBe(3);
    stop.abort('enough');
    await expect(leaving).rejects.toBe('enough');
    expect(gate.waiting).toBe(2);
    rest.push(enter(6));
    while (scheduler.step()) await settled();
    await Promise.all([...first, ...rest]);
    expect(passed.slice(3)).toEqual([
      [4, 1e6],
      [5, 2e6],
      [6, 3e6],
    ]);
  });

  test('who comes in the very moment in which a turn is due stands behind those who wait', async () => {
    const { scheduler, passed, enter } = gateOf({ rateLimit: { calls: 1, per: micros(1e6) } });
    const all: Promise<void>[] = [];
    scheduler.after(micros(1e6), () => all.push(enter(2)));
    all.push(enter(0), enter(1));
    await settled();
    while (scheduler.step()) await settled();
    await Promise.all(all);
    expect(passed).toEqual([
      [0, 0],
      [1, 1e6],
      [2, 2e6],
    ]);
  });

  test('nobody passes with a signal that is aborted, and no timer is left when all have gone', async () => {
    const { scheduler, gate, enter } = gateOf({ rateLimit: { calls: 1, per: micros(1e6) } });
    await expect(enter(0, AbortSignal.abort('gone'))).rejects.toBe('gone');
    await enter(1);
    const stop = new AbortController();
    const leaving = enter(2, stop.signal);
    expect(scheduler.nextDue()).toBe(1e6);
    stop.abort(
      new RestFailure({
        code: 'KB_KRAKEN_REST_ABORTED',
        kind: 'request',
        outcome: 'unknown',
        retryable: false,
        message: '',
      }),
    );
    await expect(leaving).rejects.toBeInstanceOf(RestFailure);
    expect([scheduler.nextDue(), gate.waiting]).toEqual([undefined, 0]);
  });

  test('what the venue asks for holds everybody back, those who wait already too', async () => {
    const { scheduler, gate, passed, enter } = gateOf();
    gate.holdUntil(micros(10e6));
    const one = enter(0);
    gate.holdUntil(micros(5e6));
    while (scheduler.step()) await settled();
    await one;
    expect(passed).toEqual([[0, 10e6]]);
  });
});

/** When each call passes, from nothing but a list of the calls before it. */
function modelTimes(asked: readonly number[], calls: number, per: number, callsPerMinute: number): number[] {
  const passed: number[] = [];
  for (const at of asked) {
    let now = Math.max(at, passed.at(-1) ?? 0);
    for (;;) {
      // The k-th call back from this one leaves room when its token, and all after it, have flowed in again.
      let level = calls;
      let last = 0;
      for (const time of passed) {
        level = Math.min(calls, level + ((time - last) * calls) / per) - 1;
        last = time;
      }
      level = Math.min(calls, level + ((now - last) * calls) / per);
      const ofMinute = passed.filter((time) => time > now - MINUTE);
      if (level >= 1 - 1e-9 && ofMinute.length < callsPerMinute) break;
      const tokenAt = level >= 1 - 1e-9 ? now : now + Math.max(1, Math.ceil(((1 - level) * per) / calls - 1e-6));
      const minuteAt = ofMinute.length < callsPerMinute ? now : ofMinute[0]! + MINUTE;
      now = Math.max(tokenAt, minuteAt);
    }
    passed.push(now);
  }
  return passed;
}

describe('counters of private calls', () => {
  test('are as documented', () => {
    expect(PRIVATE_COUNTERS).toEqual({
      starter: { max: 15, decay: '0.33' },
      intermediate: { max: 20, decay: '0.5' },
      pro: { max: 20, decay: '1' },
    });
  });

  test('allow what fits, and tell when the next one will', () => {
    const counter = new DecayingCounter(PRIVATE_COUNTERS.starter);
    for (let i = 0; i < 15; i += 1) expect(counter.tryRaise(1, micros(0))).toBe(true);
    expect([counter.tryRaise(1, micros(0)), counter.value(micros(0))]).toEqual([false, 15]);
    const ready = counter.readyAt(2, micros(0))!;
    expect(ready).toBe(Math.ceil(2e6 / 0.33));
    expect(counter.tryRaise(2, micros(ready - 1))).toBe(false);
    expect(counter.tryRaise(2, ready)).toBe(true);
    expect(counter.readyAt(16, ready)).toBeUndefined();
    expect(counter.value(micros(1e12))).toBe(0);
  });

  test('never stand above their maximum, and allow all that a recount from the beginning would', () => {
    const calls = fc.array(fc.tuple(fc.nat(20_000_000), fc.constantFrom(1, 2)), { maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(PRIVATE_COUNTERS)), calls, (spec, steps) => {
        const counter = new DecayingCounter(spec);
        const made: [at: bigint, cost: bigint][] = [];
        const hundredths = BigInt(Math.round(Number(spec.decay) * 100));
        let now = 0n;
        for (const [step, cost] of steps) {
          now += BigInt(step);
          let level = 0n; // in 10^-8
          let last = 0n;
          for (const [at, costOfCall] of [...made, [now, 0n] as const]) {
            level -= (at - last) * hundredths;
            level = (level < 0n ? 0n : level) + costOfCall * 100_000_000n;
            last = at;
          }
          const fits = level + BigInt(cost) * 100_000_000n <= BigInt(spec.max) * 100_000_000n;
          expect(counter.tryRaise(cost, micros(Number(now)))).toBe(fits);
          if (fits) made.push([now, BigInt(cost)]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
