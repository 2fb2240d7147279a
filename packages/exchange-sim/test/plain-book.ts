import { crc32 } from 'node:zlib';

interface Level {
  readonly price: string;
  size: string;
}

/**
 * A book kept the plainest way, from the text of the frames: a sorted list of levels a side, searched from the best one.
 * Shares nothing with what it checks.
 */
export class PlainBook {
  readonly bids: Level[] = [];
  readonly asks: Level[] = [];
  readonly #depth: number;

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Applies a book frame. @returns What is wrong with it, or an empty string. */
  apply(frame: string): string {
    const snapshot = frame.includes('"type":"snapshot"');
    const [bids = '', asks = ''] = /"bids":\[(.*?)\],"asks":\[(.*?)\],/.exec(frame)?.slice(1) ?? [];
    const checksum = Number(/"checksum":(\d+),/.exec(frame)?.[1]);
    if (snapshot) {
      this.bids.length = 0;
      this.asks.length = 0;
    } else if (bids === '' && asks === '') return 'empty update';
    const problems = [change(this.bids, -1, bids, snapshot), change(this.asks, 1, asks, snapshot)];
    this.bids.length = Math.min(this.bids.length, this.#depth);
    this.asks.length = Math.min(this.asks.length, this.#depth);
    const [bid, ask] = [this.bids[0], this.asks[0]];
    if (bid !== undefined && ask !== undefined && Number(bid.price) >= Number(ask.price)) problems.push('crossed');
    const expected = crc32(digits(this.asks) + digits(this.bids));
    if (checksum !== expected) problems.push(`checksum ${checksum}, expected ${expected}`);
    return problems.filter((problem) => problem !== '').join(', ');
  }
}

function change(levels: Level[], sign: 1 | -1, text: string, snapshot: boolean): string {
  let problem = '';
  for (const [, price = '', size = ''] of text.matchAll(/\{"price":([\d.]+),"qty":([\d.]+)\}/g)) {
    const key = sign * Number(price);
    let index = levels.findIndex((level) => sign * Number(level.price) >= key);
    if (index === -1) index = levels.length;
    const known = levels[index]?.price === price ? levels[index] : undefined;
    if (/[1-9]/.test(size)) {
      if (known === undefined) levels.splice(index, 0, { price, size });
      else known.size = size;
    } else if (snapshot || known === undefined) problem = `removal of ${price}, which is not there`;
    else levels.splice(index, 1);
  }
  return problem;
}

function digits(levels: readonly Level[]): string {
  return levels
    .slice(0, 10)
    .flatMap(({ price, size }) => [price, size])
    .map((text) => text.replace('.', '').replace(/^0+/, ''))
    .join('');
}
