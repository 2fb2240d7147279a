import { crc32 } from 'node:zlib';

/** A level as WebSocket v1 writes it. */
interface Level {
  readonly price: string;
  readonly size: string;
  readonly time: string;
}

/** A book of WebSocket v1 kept the plainest way, from the text of the frames. Shares nothing with what it checks. */
export class PlainV1Book {
  asks: Level[] = [];
  bids: Level[] = [];
  readonly #depth: number;

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Applies a frame. @returns What is wrong with it, or an empty string. */
  apply(text: string): string {
    const frame = JSON.parse(text) as unknown[];
    const payloads = frame.slice(1, -2) as {
      as?: string[][];
      bs?: string[][];
      a?: string[][];
      b?: string[][];
      c?: string;
    }[];
    if (frame.at(-2) !== `book-${this.#depth}`) return `channel ${String(frame.at(-2))}`;
    const [first] = payloads;
    if (first?.as !== undefined && first.bs !== undefined) {
      this.asks = first.as.map(levelOf);
      this.bids = first.bs.map(levelOf);
      const sides =
        sorted(this.asks, 1).length === this.asks.length && sorted(this.bids, -1).length === this.bids.length;
      return payloads.length === 1 && sides && first.c === undefined ? '' : 'odd snapshot';
    }
    const problems: string[] = [];
    for (const [index, { a, b, c }] of payloads.entries()) {
      if ((c !== undefined) !== (index === payloads.length - 1)) problems.push('checksum in the wrong object');
      if ((a === undefined) === (b === undefined)) problems.push('not one side an object');
      for (const row of a ?? []) problems.push(this.#set(this.asks, row));
      for (const row of b ?? []) problems.push(this.#set(this.bids, row));
    }
    this.asks = sorted(this.asks, 1).slice(0, this.#depth);
    this.bids = sorted(this.bids, -1).slice(0, this.#depth);
    const expected = String(crc32(digits(this.asks) + digits(this.bids)));
    const checksum = payloads.at(-1)?.c;
    if (checksum !== expected) problems.push(`checksum ${checksum}, expected ${expected}`);
    return problems.filter((problem) => problem !== '').join(', ');
  }

  #set(levels: Level[], row: readonly string[]): string {
    const level = levelOf(row);
    const index = levels.findIndex(({ price }) => price === level.price);
    if (row.length === 4) {
      if (row[3] !== 'r') return `a fourth element ${row[3]}`;
      if (index !== -1) return `${level.price} is republished, but was there`;
    }
    if (/^[0.]+$/.test(level.size)) {
      if (index === -1) return `removal of ${level.price}, which is not there`;
      levels.splice(index, 1);
    } else if (index === -1) levels.push(level);
    else levels[index] = level;
    return '';
  }
}

function levelOf([price = '', size = '', time = '']: readonly string[]): Level {
  return { price, size, time };
}

function sorted(levels: readonly Level[], sign: 1 | -1): Level[] {
  return levels.toSorted((a, b) => sign * (Number(a.price) - Number(b.price)));
}

function digits(levels: readonly Level[]): string {
  return levels
    .slice(0, 10)
    .flatMap(({ price, size }) => [price, size])
    .map((text) => text.replace('.', '').replace(/^0+/, ''))
    .join('');
}
