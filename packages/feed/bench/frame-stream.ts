/**
 * A seeded stream of Kraken v2 book frames with true checksums, shaped like the recorded BTC/USD minutes: small messages,
 * most changes near the top, and, when a level goes, the one that comes into view in the same message.
 */
import { crc32 } from 'node:zlib';
import { countToDecimal, KeyedRandom, microsToIso, micros } from '@kb/model';
import type { Grid } from '@kb/model';

export const GRID: Grid = { pricePrecision: 1, qtyPrecision: 8 };

type Level = readonly [price: number, size: number];

/** Levels of the venue's own book beyond the subscribed depth: what comes into view when others go. */
const BEYOND = 200;

/** A snapshot of `depth` levels a side, then `count` updates. */
export function bookFrames(seed: number, depth: number, count: number): Buffer[] {
  const random = new KeyedRandom(seed, `book-frames-${depth}`);
  let draws = 0;
  const draw = (): number => random.at((draws += 1));
  const randomSize = (): number => Math.floor(10 ** (3 + 6 * draw())); // 0.00001 to 10 BTC
  const side = (first: number, step: 1 | -1): Level[] => {
    let price = first;
    return Array.from({ length: depth + BEYOND }, () => {
      const level: Level = [price, randomSize()];
      price += step * (1 + Math.floor(12 * draw()));
      return level;
    });
  };
  const bids = side(635_000, -1);
  const asks = side(635_020, 1);

  let time = Date.UTC(2026, 7, 2, 3, 35, 51) * 1000;
  const frame = (type: 'snapshot' | 'update', sentBids: readonly Level[], sentAsks: readonly Level[]): Buffer => {
    time += Math.floor(50_000 * draw());
    const checksum = crc32([...asks.slice(0, 10), ...bids.slice(0, 10)].flat().join(''));
    return Buffer.from(
      `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${levelsText(sentBids)}],"asks":[${levelsText(sentAsks)}]` +
        `,"checksum":${checksum},"timestamp":"${microsToIso(micros(time))}"}]}`,
    );
  };

  const frames = [frame('snapshot', bids.slice(0, depth), asks.slice(0, depth))];
  while (frames.length <= count) {
    const sell = draw() < 0.5;
    const [own, other] = sell ? [asks, bids] : [bids, asks];
    const sent: Level[] = [];
    const changes = draw() < 0.8 ? 1 : 2;
    for (let change = 0; change < changes; change += 1) {
      const index = pickIndex(draw(), draw(), depth);
      const [price] = own[index]!;
      const kind = draw();
      if (kind >= 0.3 && kind < 0.65 && own.length > depth) {
        own.splice(index, 1);
        sent.push([price, 0], own[depth - 1]!);
        continue;
      }
      const inFront = price + (sell ? -1 : 1);
      const isNew = kind >= 0.65 && inFront !== (index === 0 ? other[0]![0] : own[index - 1]![0]);
      const level: Level = [isNew ? inFront : price, randomSize()];
      own.splice(index, isNew ? 0 : 1, level);
      sent.push(level);
    }
    frames.push(sell ? frame('update', [], sent) : frame('update', sent, []));
  }
  return frames;
}

/** A copy for another symbol with a name as long, as a socket would hand over a buffer of its own; no checksum depends on it. */
export function renamed(frame: Buffer, name: string): Buffer {
  const copy = Buffer.from(frame);
  copy.write(name, copy.indexOf('BTC/USD'), 'latin1');
  return copy;
}

/** Names for `renamed`: S00/USD, S01/USD and so on. */
export function symbolNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `S${String(index).padStart(2, '0')}/USD`);
}

/** The snapshot of the `instrument` channel: what the venue tells first, so that prices and sizes can be read. */
export function instruments(names: readonly string[]): string {
  const step = (precision: number): string => countToDecimal(1, precision);
  const pairs = names.map(
    (symbol) =>
      `{"symbol":"${symbol}","base":"${symbol.slice(0, 3)}","quote":"USD","status":"online","qty_precision":${GRID.qtyPrecision},` +
      `"qty_increment":${step(GRID.qtyPrecision)},"price_precision":${GRID.pricePrecision},"cost_precision":5,` +
      `"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":${step(GRID.pricePrecision)},` +
      `"price_increment":${step(GRID.pricePrecision)},"qty_min":${step(GRID.qtyPrecision)}}`,
  );
  return `{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[${pairs.join(',')}]}}`;
}

/** A third at the best level, most of the rest close behind, a few anywhere. */
function pickIndex(a: number, b: number, depth: number): number {
  if (a < 0.3) return 0;
  if (a < 0.33) return Math.floor(b * depth);
  return Math.min(depth - 1, Math.floor(-8 * Math.log(1 - b)));
}

function levelsText(levels: readonly Level[]): string {
  return levels
    .map(
      ([price, size]) =>
        `{"price":${countToDecimal(price, GRID.pricePrecision)},"qty":${countToDecimal(size, GRID.qtyPrecision)}}`,
    )
    .join(',');
}
