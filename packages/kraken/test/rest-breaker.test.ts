import { micros, VirtualScheduler } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CircuitBreaker } from '../src/rest/circuit-breaker.ts';
import type { BreakerPass } from '../src/rest/circuit-breaker.ts';

const OPEN_FOR = 30e6;

function breakerOf(failures = 3) {
  const clock = new VirtualScheduler();
  const told: string[] = [];
  const breaker = new CircuitBreaker({ failures, openFor: micros(OPEN_FOR) }, clock, ({ from, to, at }) =>
    told.push(`${at / 1e6}s ${from} > ${to}`),
  );
  const enter = (): BreakerPass => {
    const pass = breaker.enter();
    if (pass === undefined) throw new Error('refused');
    return pass;
  };
  return { clock, breaker, told, enter };
}

test('it opens after so many failures in a row, tries once after its time, and closes on success', () => {
  const { clock, breaker, told, enter } = breakerOf();
  enter().fail();
  enter().fail();
  enter().succeed();
  enter().fail();
  enter().fail();
  expect([breaker.state, breaker.readyAt()]).toEqual(['closed', 0]);
  enter().fail();
  expect([breaker.state, breaker.enter(), breaker.readyAt()]).toEqual(['open', undefined, OPEN_FOR]);
  clock.advance(micros(OPEN_FOR - 1));
  expect([breaker.state, breaker.enter()]).toEqual(['open', undefined]);
  clock.advance(micros(1));
  expect(breaker.state).toBe('half-open');
  const probe = enter();
  expect([breaker.state, breaker.enter()]).toEqual(['half-open', undefined]);
  probe.succeed();
  expect(breaker.state).toBe('closed');
  expect(told).toEqual(['0s closed > open', '30s open > half-open', '30s half-open > closed']);
});

test('a probe that fails opens it for the whole time again', () => {
  const { clock, breaker, enter } = breakerOf(1);
  enter().fail();
  clock.advance(micros(OPEN_FOR));
  const probe = enter();
  clock.advance(micros(5e6));
  probe.fail();
  expect([breaker.state, breaker.readyAt()]).toEqual(['open', 2 * OPEN_FOR + 5e6]);
});

test('a probe that was given up makes room for another', () => {
  const { clock, breaker, enter } = breakerOf(1);
  enter().fail();
  clock.advance(micros(OPEN_FOR));
  enter().release();
  expect(breaker.state).toBe('half-open');
  enter().succeed();
  expect(breaker.state).toBe('closed');
});

test('calls from before a change neither close nor open it, and no pass counts twice', () => {
  const { clock, breaker, told, enter } = breakerOf(2);
  const early = [enter(), enter(), enter()] as const;
  const twice = enter();
  twice.fail();
  twice.fail();
  expect(breaker.state).toBe('closed');
  enter().fail();
  early[0].succeed();
  expect(breaker.state).toBe('open');
  clock.advance(micros(OPEN_FOR));
  const probe = enter();
  early[1].fail();
  early[2].release();
  expect([breaker.state, breaker.enter()]).toEqual(['half-open', undefined]);
  probe.succeed();
  expect(told).toHaveLength(3);
});

test('for any calls and times it does what a plain description of it says', () => {
  const step = fc.record({ wait: fc.nat(40e6), outcome: fc.constantFrom('succeed', 'fail', 'release') });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (failures, steps) => {
      const { clock, breaker } = breakerOf(failures);
      const outcomes: string[] = [];
      let openSince: number | undefined;
      for (const { wait, outcome } of steps) {
        clock.advance(micros(wait));
        const isOpen = openSince !== undefined && clock.now() < openSince + OPEN_FOR;
        const pass = breaker.enter();
        expect(pass === undefined).toBe(isOpen);
        if (pass === undefined) continue;
        pass[outcome]();
        if (outcome === 'release') continue;
        outcomes.push(outcome);
        if (outcome === 'succeed') openSince = undefined;
        else if (
          openSince !== undefined ||
          outcomes.slice(-failures).filter((each) => each === 'fail').length === failures
        )
          openSince = clock.now();
      }
    }),
  );
});
