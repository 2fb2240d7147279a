import { expect, test } from 'vitest';
import { decodeInput, encodeInput, rerun } from '../src/index.ts';
import type { PaperSessionConfig, SessionInput } from '../src/index.ts';
import { Market } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

/** A run in which from one input on the checksums are wrong: the first such update puts the book in doubt, and REST agrees. */
function withWrongChecksums(from: number, steps: number): SessionInput[] {
  const inputs = new Market({ seed: 5 }).inputs(steps);
  const after = inputs.slice(from).map((input) => {
    const text = input.type === 'frame' ? Buffer.from(input.frame).toString() : '';
    if (input.type !== 'frame' || !text.includes('"checksum"')) return input;
    return { ...input, frame: Buffer.from(text.replace(/"checksum":\d+/, '"checksum":1')) };
  });
  const first = after.findIndex(
    (input) => input.type === 'frame' && Buffer.from(input.frame).includes('"checksum":1,'),
  );
  const at = { recvTs: after[first]?.recvTs ?? inputs[0]!.recvTs, symbol: 'SOL/USD', detail: '' };
  return [
    ...inputs.slice(0, from),
    ...after.slice(0, first + 1),
    { type: 'doubt', ...at },
    { type: 'verdict', agrees: true, ...at },
    ...after.slice(first + 1),
  ];
}

async function outputOf(inputs: readonly SessionInput[], config: PaperSessionConfig): Promise<Outputs> {
  const output = new Outputs();
  await rerun(config, inputs, output);
  return output;
}

/** The numbers of the records that place orders. */
function placed({ lines }: Outputs): number {
  return lines.filter((line) => line.includes('"place"')).length;
}

test('nothing is placed on an unverified book, unless that is allowed', async () => {
  const inputs = withWrongChecksums(200, 600);
  const before = placed(await outputOf(inputs.slice(0, 200), makerConfig()));
  const refused = placed(await outputOf(inputs, makerConfig()));
  const allowed = placed(await outputOf(inputs, makerConfig({ allowUnverified: true })));
  expect(before).toBeGreaterThan(5);
  expect(refused - before).toBeLessThanOrEqual(1); // whatever was decided in the very last inputs
  expect(allowed).toBeGreaterThanOrEqual(before + 5);
});

test('a run with doubts and verdicts is the same through the text of a journal', async () => {
  const inputs = withWrongChecksums(200, 600);
  const config = makerConfig({ allowUnverified: true });
  const lines = inputs.map((input) => JSON.stringify(encodeInput(input)));
  const back = lines.map((line) => decodeInput(JSON.parse(line) as Record<string, unknown>));
  expect((await outputOf(back, config)).hash).toBe((await outputOf(inputs, config)).hash);
});
