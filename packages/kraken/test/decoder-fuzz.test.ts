import { expect, test } from 'vitest';
import { DECODE_ERROR_CODES } from '../src/messages.ts';
import { fuzz } from './support/fuzz.ts';
import { seedFrames } from './support/seed-frames.ts';

const FRAMES = 300_000;

test(`${FRAMES} damaged and rewritten frames neither escape nor give a number that was not sent`, async () => {
  // No clock in here: `fuzz.ts`, run by hand, measures the worst time as well.
  const result = fuzz(await seedFrames(), FRAMES, 20_261_101, 3, () => 0);
  expect(result.differences.slice(0, 5)).toEqual([]);
  expect(result.checked).toBeGreaterThan(FRAMES / 5);
  expect(Object.values(result.counts).reduce((sum, count) => sum + count)).toBe(FRAMES);
  // Every kind of message and of refusal was met.
  for (const kind of [
    'book',
    'trade',
    'ticker',
    'instrument',
    'status',
    'heartbeat',
    'ack',
    'pong',
    'unknown',
    ...DECODE_ERROR_CODES,
  ]) {
    expect(result.counts).toHaveProperty(kind);
  }
  expect(result.counts).not.toHaveProperty('malformed without a code or an offset');
}, 60_000);
