import { micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeInput, encodeInput, rerun } from '../src/index.ts';
import type { PaperSessionConfig, SessionInput } from '../src/index.ts';
import { Market } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

const CONFIG = makerConfig();

async function outputOf(
  inputs: Iterable<SessionInput> | AsyncIterable<SessionInput>,
  config: PaperSessionConfig = CONFIG,
): Promise<Outputs> {
  const output = new Outputs();
  await rerun(config, inputs, output);
  return output;
}

/** Frames, and a tick every hundredth input, as a feed that is alive makes them. */
function recorded(seed: number, steps = 400): SessionInput[] {
  return new Market({ seed })
    .inputs(steps)
    .flatMap((each, index): SessionInput[] =>
      index % 100 === 99 ? [each, { type: 'tick', recvTs: micros(each.recvTs + 500) }] : [each],
    );
}

describe('the same inputs give the same output, byte for byte', () => {
  test('whatever the market does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
        const once = await outputOf(recorded(seed));
        const again = await outputOf(recorded(seed));
        expect(once.lines.length).toBeGreaterThan(20);
        expect(again.lines).toEqual(once.lines);
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  test('however they come in: at once, one by one, or with pauses between', async () => {
    const inputs = recorded(21);
    const { hash } = await outputOf(inputs);
    for (const every of [1, 7, 64]) {
      const paused = (async function* (): AsyncGenerator<SessionInput> {
        for (const [index, each] of inputs.entries()) {
          if (index % every === 0) await Promise.resolve();
          yield each;
        }
      })();
      expect((await outputOf(paused)).hash).toBe(hash);
    }
  });

  test('through the text of a journal', async () => {
    const inputs = recorded(22);
    const lines = inputs.map((each) => JSON.stringify(encodeInput(each)));
    const back = lines.map((line) => decodeInput(JSON.parse(line) as Record<string, unknown>));
    expect((await outputOf(back)).hash).toBe((await outputOf(inputs)).hash);
  });

  test('from frames that lie somewhere in a larger buffer, which is used again afterwards', async () => {
    const inputs = recorded(23);
    const shared = Buffer.alloc(64 * 1024);
    const reused = (function* (): Generator<SessionInput> {
      for (const each of inputs) {
        if (each.type !== 'frame') {
          yield each;
          continue;
        }
        shared.fill(0x20);
        shared.set(each.frame, 13);
        yield { ...each, frame: shared.subarray(13, 13 + each.frame.length) };
      }
    })();
    expect((await outputOf(reused)).hash).toBe((await outputOf(inputs)).hash);
  });

  test('with a halt among them', async () => {
    const inputs = recorded(24);
    inputs.splice(250, 0, { type: 'halt', recvTs: micros(1), cause: 'operator' });
    const once = await outputOf(inputs);
    expect(once.records('halt')).toHaveLength(1);
    expect((await outputOf(inputs)).hash).toBe(once.hash);
    const lines = inputs.map((each) => JSON.stringify(encodeInput(each)));
    const back = lines.map((line) => decodeInput(JSON.parse(line) as Record<string, unknown>));
    expect((await outputOf(back)).hash).toBe(once.hash);
  });
});

describe('another input gives another output', () => {
  const inputs = recorded(31);
  const book = inputs.findIndex((each, index) => index > 100 && each.type === 'frame');

  test('one frame less', async () => {
    const less = inputs.filter((_, index) => index !== book);
    expect((await outputOf(less)).hash).not.toBe((await outputOf(inputs)).hash);
  });

  test('one digit of one frame', async () => {
    const changed = inputs.map((each, index): SessionInput => {
      if (index !== book || each.type !== 'frame') return each;
      return {
        ...each,
        frame: Buffer.from(
          Buffer.from(each.frame)
            .toString()
            .replace(/"checksum":\d/, '"checksum":0'),
        ),
      };
    });
    expect((await outputOf(changed)).hash).not.toBe((await outputOf(inputs)).hash);
  });

  test('a halt', async () => {
    const halted = inputs.toSpliced(book, 0, { type: 'halt', recvTs: micros(1), cause: 'operator' });
    expect((await outputOf(halted)).hash).not.toBe((await outputOf(inputs)).hash);
  });

  test('and so does another latency', async () => {
    const slower = makerConfig({ latency: { ...CONFIG.latency, entry: 9_000 } });
    expect((await outputOf(inputs, slower)).hash).not.toBe((await outputOf(inputs)).hash);
  });
});

test('our own clock decides nothing: frames received at other times change the received times alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1000 }),
      fc.array(fc.nat({ max: 400_000 }), { minLength: 5 }),
      async (seed, delays) => {
        const frames = new Market({ seed }).inputs(300);
        const late = frames.map((each, index): SessionInput => {
          const delay = delays[index % delays.length] ?? 0;
          return { ...each, recvTs: micros(each.recvTs + delay) };
        });
        const decided = ({ lines }: Outputs): string[] => lines.map((line) => line.replaceAll(/"recvTs":\d+/g, ''));
        expect(decided(await outputOf(late))).toEqual(decided(await outputOf(frames)));
      },
    ),
    { numRuns: 20, seed: 8 },
  );
});
