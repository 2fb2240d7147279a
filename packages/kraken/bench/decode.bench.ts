/**
 * What decoding one frame costs, against JSON.parse of the same buffers, which gives less: floats, no ticks, no checks.
 * Hot: once per frame. The last rows take the general path, where frames go that are not written as the venue writes them.
 */
import { countToDecimal, KeyedRandom, micros, microsToIso } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { KrakenDecoder } from '../src/decoder.ts';

export const run: BenchRun = (options) =>
  SHAPES.flatMap(({ name, count, frame }): BenchRow[] => {
    const random = new KeyedRandom(1, name);
    let draws = 0;
    const draw = (): number => random.at((draws += 1));
    const frames = Array.from({ length: options.smoke ? Math.ceil(count / 20) : count }, () =>
      Buffer.from(frame(draw)),
    );
    const decoder = new KrakenDecoder();
    decoder.setGrid('BTC/USD', { pricePrecision: 1, qtyPrecision: 8 });
    const time = interleave(
      {
        decode: () => {
          let sum = 0;
          for (const bytes of frames) {
            const message = decoder.decode(bytes);
            if (message.type === 'malformed') throw new Error(message.detail);
            sum += message.type.length;
          }
          return sum;
        },
        json: () => {
          let sum = 0;
          for (const bytes of frames) sum += Object.keys(JSON.parse(bytes.toString()) as object).length;
          return sum;
        },
      },
      frames.length,
      options,
    );
    return [
      {
        name: `decode: ${name}`,
        median: time.decode,
        unit: 'ns/frame',
        against: 'JSON.parse',
        ratio: time.decode / time.json,
      },
    ];
  });

type Draw = () => number;

function level(draw: Draw): string {
  const price = countToDecimal(630_000 + Math.floor(10_000 * draw()), 1);
  return `{"price":${price},"qty":${countToDecimal(Math.floor(10 ** (3 + 6 * draw())), 8)}}`;
}

function book(type: 'snapshot' | 'update', bids: number, asks: number, draw: Draw): string {
  const side = (count: number): string => Array.from({ length: count }, () => level(draw)).join(',');
  return (
    `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${side(bids)}],"asks":[${side(asks)}]` +
    `,"checksum":${Math.floor(2 ** 32 * draw())},"timestamp":"${time(draw)}"}]}`
  );
}

/** One or two levels on one side. */
function update(draw: Draw): string {
  const levels = draw() < 0.7 ? 1 : 2;
  return draw() < 0.5 ? book('update', levels, 0, draw) : book('update', 0, levels, draw);
}

function trade(draw: Draw): string {
  const price = countToDecimal(630_000 + Math.floor(10_000 * draw()), 1);
  const size = countToDecimal(Math.floor(10 ** (3 + 6 * draw())), 8);
  return (
    `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"${draw() < 0.5 ? 'buy' : 'sell'}",` +
    `"price":${price},"qty":${size},"ord_type":"${draw() < 0.5 ? 'limit' : 'market'}",` +
    `"trade_id":${100_000_000 + Math.floor(1e6 * draw())},"timestamp":"${time(draw)}"}]}`
  );
}

function time(draw: Draw): string {
  return microsToIso(micros(1_785_641_700_000_000 + Math.floor(60_000_000 * draw())));
}

const SHAPES: readonly { name: string; count: number; frame: (draw: Draw) => string }[] = [
  { name: 'update of one or two levels', count: 10_000, frame: update },
  { name: 'update of twenty levels', count: 2000, frame: (draw) => book('update', 10, 10, draw) },
  { name: 'snapshot, depth 1000', count: 20, frame: (draw) => book('snapshot', 1000, 1000, draw) },
  { name: 'trade', count: 10_000, frame: trade },
  { name: 'heartbeat', count: 10_000, frame: () => '{"channel":"heartbeat"}' },
  {
    name: 'update with white space (general path)',
    count: 5000,
    frame: (draw) => update(draw).replaceAll('":', '": '),
  },
  { name: 'trade with white space (general path)', count: 5000, frame: (draw) => trade(draw).replaceAll('":', '": ') },
];
