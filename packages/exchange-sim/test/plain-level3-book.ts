import { crc32 } from 'node:zlib';

interface PlainOrder {
  readonly id: string;
  readonly price: string;
  size: string;
  time: string;
}

/**
 * The orders of a book kept the plainest way, from the text of the `level3` frames: a list of orders a side, sorted by price and
 * then by when they were added. Shares nothing with what it checks.
 */
export class PlainLevel3Book {
  bids: PlainOrder[] = [];
  asks: PlainOrder[] = [];
  readonly #depth: number;

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Applies a frame. @returns What is wrong with it, or an empty string. */
  apply(frame: string): string {
    const snapshot = frame.includes('"type":"snapshot"');
    const [bids = '', asks = ''] = /"bids":\[(.*?)\],"asks":\[(.*?)\]\}/.exec(frame)?.slice(1) ?? [];
    const checksum = Number(/"checksum":(\d+),/.exec(frame)?.[1]);
    if (snapshot) {
      this.bids = [];
      this.asks = [];
    } else if (bids === '' && asks === '') return 'empty update';
    const problems = [change(this.bids, bids, snapshot), change(this.asks, asks, snapshot)];
    this.bids = cut(this.bids, -1, this.#depth);
    this.asks = cut(this.asks, 1, this.#depth);
    const expected = crc32(digits(cut(this.asks, 1, 10)) + digits(cut(this.bids, -1, 10)));
    if (checksum !== expected) problems.push(`checksum ${checksum}, expected ${expected}`);
    return problems.filter((problem) => problem !== '').join(', ');
  }
}

const ORDER =
  /\{(?:"event":"(\w+)",)?"order_id":"([^"]+)","limit_price":([\d.]+),"order_qty":([\d.]+),"timestamp":"([^"]+)"\}/g;

function change(orders: PlainOrder[], text: string, snapshot: boolean): string {
  let problem = '';
  let read = 0;
  for (const [all, event, id = '', price = '', size = '', time = ''] of text.matchAll(ORDER)) {
    read += all.length + (read === 0 ? 0 : 1);
    const index = orders.findIndex((order) => order.id === id);
    const known = orders[index];
    if ((event === undefined) !== snapshot) problem = 'an event in a snapshot, or none in an update';
    if (event === undefined || event === 'add') {
      if (known !== undefined) problem = `${id} is added, but is there`;
      if (!/[1-9]/.test(size)) problem = `${id} is added with nothing`;
      orders.push({ id, price, size, time });
    } else if (known?.price !== price) problem = `${event} of ${id} at ${price}, which is not there`;
    else if (event === 'modify') {
      if (known.size === size) problem = `${id} is modified to what it was`;
      known.size = size;
      known.time = time;
    } else if (event === 'delete') {
      if (/[1-9]/.test(size)) problem = `${id} is deleted with ${size}`;
      orders.splice(index, 1);
    } else problem = `event ${event}`;
  }
  return read === text.length ? problem : `cannot read ${text}`;
}

/** The orders in the best levels, each level in the order in which they were added. */
function cut(orders: readonly PlainOrder[], sign: 1 | -1, depth: number): PlainOrder[] {
  const sorted = orders.toSorted((a, b) => sign * (Number(a.price) - Number(b.price)));
  const prices = new Set([...new Set(sorted.map(({ price }) => price))].slice(0, depth));
  return sorted.filter(({ price }) => prices.has(price));
}

function digits(orders: readonly PlainOrder[]): string {
  return orders
    .flatMap(({ price, size }) => [price, size])
    .map((text) => text.replace('.', '').replace(/^0+/, ''))
    .join('');
}
