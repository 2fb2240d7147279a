/**
 * Ten million damaged frames by hand:
 *
 *   node --conditions=@kb/source packages/kraken/test/fuzz.ts --frames 10000000 --seed 1
 *
 * Exits with 1 when the decoder took a frame otherwise than the slow model (one frame in `--check-every` is compared).
 */
import { parseArgs } from 'node:util';
import { KrakenDecoder } from '../src/decoder.ts';
import { fuzz } from './support/fuzz.ts';
import { seedFrames } from './support/seed-frames.ts';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    'check-every': { type: 'string', default: '20' },
  },
});
const started = performance.now();
const result = fuzz(await seedFrames(), Number(values.frames), Number(values.seed), Number(values['check-every']), () =>
  Math.round(performance.now() * 1000),
);
const seconds = (performance.now() - started) / 1000;
const { counts, differences, checked, worstMicros, worstFrame } = result;
process.stdout.write(`${result.frames} frames in ${seconds.toFixed(1)} s, ${checked} compared with the slow model\n`);
for (const [kind, count] of Object.entries(counts).toSorted(([, a], [, b]) => b - a)) {
  process.stdout.write(`  ${kind.padEnd(30)} ${count}\n`);
}
// The worst time holds garbage collections and whatever else the machine did; the same frame again, alone, tells which.
const decoder = new KrakenDecoder();
const again = Array.from({ length: 1000 }, () => {
  const start = performance.now();
  decoder.decode(worstFrame);
  return (performance.now() - start) * 1000;
});
const median = again.toSorted((a, b) => a - b)[again.length / 2] ?? Number.NaN;
const frame = Buffer.from(worstFrame).toString('latin1').slice(0, 200);
process.stdout.write(
  `worst time ${worstMicros} µs; the same frame again, median of 1000: ${median.toFixed(1)} µs; ` +
    `${worstFrame.length} bytes: ${frame}\n`,
);
process.stdout.write(`differences: ${differences.length}\n${differences.slice(0, 10).join('\n')}\n`);
process.exitCode = differences.length > 0 ? 1 : 0;
