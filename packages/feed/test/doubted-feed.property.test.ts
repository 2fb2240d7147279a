import { decimalToCount, micros, SECOND } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import type { RestDepth } from '../src/index.ts';
import { BTC, DoubtedVenue, ETH, restOf } from './doubted-venue.ts';
import { EventLog } from './event-log.ts';
import { instrumentFrame } from './venue.ts';

/** What may happen to a feed that has REST to ask, in whatever order. */
const STEPS = {
  wrong: (stage: DoubtedVenue) => void (stage.isWrong = true),
  right: (stage: DoubtedVenue) => void (stage.isWrong = false),
  nudge: (stage: DoubtedVenue) => stage.nudge(),
  nudges: (stage: DoubtedVenue) => stage.nudge(11),
  lost: (stage: DoubtedVenue) => void stage.btc.nudge(),
  crossed: async (stage: DoubtedVenue) => {
    await stage.update({ bids: [[1001, 5]] });
    await stage.update({ bids: [[1001, 0]] });
  },
  malformed: (stage: DoubtedVenue) =>
    stage.venue.send(`{"channel":"book","type":"update","data":[{"symbol":"${BTC}","bids":[{]}`),
  cut: (stage: DoubtedVenue) => stage.venue.sockets.at(-1)?.terminate(),
  rotate: (stage: DoubtedVenue) => stage.feed.resubscribe('rotated'),
  anew: (stage: DoubtedVenue) => stage.feed.resubscribe('another way says so', BTC),
  again: (stage: DoubtedVenue) => stage.feed.checkAgain(BTC),
  honest: (stage: DoubtedVenue) => void (stage.answer = () => Promise.resolve(restOf(stage.btc))),
  liar: (stage: DoubtedVenue) =>
    void (stage.answer = () => Promise.resolve({ bids: [{ price: '3' }], asks: [{ price: '4' }] })),
  down: (stage: DoubtedVenue) => void (stage.answer = () => Promise.reject(new Error('down'))),
  silent: (stage: DoubtedVenue) => void (stage.answer = () => new Promise<RestDepth>(() => {})),
  slow: (stage: DoubtedVenue) => {
    stage.answer = async () => {
      const depth = restOf(stage.btc);
      await new Promise<void>((resolve) => void stage.time.after(micros(4 * SECOND), resolve));
      return depth;
    };
  },
  instruments: (stage: DoubtedVenue) => stage.venue.send(instrumentFrame([stage.btc, stage.eth], 'update')),
  moment: (stage: DoubtedVenue) => stage.advance(SECOND),
  while: (stage: DoubtedVenue) => stage.advance(12 * SECOND),
  minute: (stage: DoubtedVenue) => stage.advance(65 * SECOND),
} satisfies Record<string, (stage: DoubtedVenue) => Promise<void> | void>;

type Step = keyof typeof STEPS;

const runs = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(Object.keys(STEPS) as Step[])).map((step) => [step]) },
    // A new doubt, which chance alone would seldom find, with whatever REST does then.
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom<Step>('honest', 'liar', 'down', 'silent', 'slow'),
          fc.constantFrom<Step>('cut', 'rotate'),
        )
        .map(([rest, end]): Step[] => ['wrong', rest, end, 'while']),
    },
  ),
  { maxLength: 15 },
);

/** A feed that has been through it all; `faults` says when its book was shown that should not be, or hidden. */
async function through(steps: readonly Step[], allowUnverified: boolean): Promise<[DoubtedVenue, faults: string[]]> {
  const stage = await new DoubtedVenue({ allowUnverified }).start();
  const faults: string[] = [];
  stage.look = () => {
    const state = stage.feed.market.state(BTC);
    const isShown = stage.feed.market.book(BTC) !== undefined;
    const isGood = state === 'live' || (state === 'unverified' && allowUnverified);
    if (isShown !== isGood) faults.push(`${isShown ? 'shown' : 'hidden'} while ${state}`);
  };
  for (const step of steps) {
    await STEPS[step](stage);
    await stage.settle();
  }
  return [stage, faults];
}

test('whatever happens to a book in doubt, it is live once the venue and REST are well, and the one of the venue', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(runs, fc.boolean(), async (steps, allowUnverified) => {
      const [stage, faults] = await through(steps.flat(), allowUnverified);
      for (const state of stage.states) reached.add(state);
      STEPS.right(stage);
      STEPS.honest(stage);
      for (let nudge = 0; nudge < 30; nudge += 1) {
        await stage.advance(5 * SECOND);
        await stage.nudge();
      }
      expect(faults).toEqual([]);
      expect([stage.state, stage.feed.market.state(ETH)]).toEqual(['live', 'live']);
      const best = restOf(stage.btc).bids[0]?.size ?? '';
      expect(stage.feed.market.book(BTC)?.sizeAt('buy', 0)).toBe(decimalToCount(best, 8));
      void stage.feed.close();
    }),
    { numRuns: 60, seed: 13 },
  );
  for (const state of ['unverified cross-check', 'broken cross-check', 'live checksum', 'resyncing crossed']) {
    expect(reached).toContain(state);
  }
});

test('whatever happens to a book in doubt, its feed can be closed at any time, and played again', async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.boolean(), async (steps, allowUnverified) => {
      const [stage] = await through(steps.flat(), allowUnverified);
      void stage.feed.close();
      for (let second = 0; second < 10; second += 1) {
        stage.time.advance(micros(SECOND)); // goodbye, and answers that are slow
        await stage.settle();
      }
      expect(stage.time.nextDue()).toBeUndefined();
      expect(stage.log.states.at(-1)).toBe('* closed stop');
      const log = new EventLog();
      const core = new FeedCore({ symbols: [BTC, ETH], depth: 10, allowUnverified, onEvent: log.push });
      for (const input of stage.inputs) core.handle(input);
      expect(log.lines).toEqual(stage.log.lines);
    }),
    { numRuns: 60, seed: 14 },
  );
});
