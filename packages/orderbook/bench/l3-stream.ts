/** A seeded stream of level-3 messages, shaped like what is told of BTC/USD: mostly adds and deletes close to the top. */
import { KeyedRandom, lots, NO_LOTS, ticks } from '@kb/model';
import type { Level3Change, Level3Changes, Lots } from '@kb/model';

interface Order {
  readonly id: string;
  size: Lots;
  readonly timestamp: string;
}

interface Level {
  readonly price: number;
  readonly orders: Order[];
  /** Whether the subscriber has it: what was pushed out of view is kept until the message is over. */
  shown: boolean;
}

/** Levels of the venue's own book beyond the subscribed depth: what comes into view when others go. */
const BEYOND = 200;

/** A snapshot of the best levels and `count` updates of 1.3 changes or, when a level comes into view, more. */
export function level3Stream(seed: number, depth: number, count: number): Level3Changes[] {
  return new Venue(seed, depth).messages(count);
}

class Venue {
  readonly #depth: number;
  readonly #random: KeyedRandom;
  readonly #bids: Level[];
  readonly #asks: Level[];
  #draws = 0;
  #ids = 0;
  #sent: Level3Change[] = [];

  constructor(seed: number, depth: number) {
    this.#depth = depth;
    this.#random = new KeyedRandom(seed, `l3-stream-${depth}`);
    this.#bids = this.#side(635_000, -1);
    this.#asks = this.#side(635_020, 1);
  }

  messages(count: number): Level3Changes[] {
    const messages: Level3Changes[] = [
      { snapshot: true, bids: this.#visible(this.#bids), asks: this.#visible(this.#asks) },
    ];
    while (messages.length <= count) {
      const isBid = this.#draw() < 0.5;
      const changes = this.#draw() < 0.7 ? 1 : 2;
      for (let change = 0; change < changes; change += 1) {
        if (isBid) this.#change(this.#bids, this.#asks, -1);
        else this.#change(this.#asks, this.#bids, 1);
      }
      for (const level of (isBid ? this.#bids : this.#asks).slice(this.#depth, this.#depth + 3)) level.shown = false;
      const sent = this.#sent;
      this.#sent = [];
      if (sent.length > 0) messages.push({ snapshot: false, bids: isBid ? sent : [], asks: isBid ? [] : sent });
    }
    return messages;
  }

  /** Nearly half of them add an order, a few trade off the first one in part, the rest take one out. */
  #change(own: Level[], other: Level[], step: 1 | -1): void {
    const index = this.#pickIndex();
    const level = own[index]!;
    const kind = this.#draw();
    // No queue grows without end.
    if (kind < 0.38 && level.orders.length < 12) this.#add(level);
    else if (kind >= 0.38 && kind < 0.5) this.#improve(own, other, index, step);
    else if (kind >= 0.5 && kind < 0.54) this.#trade(own[0]!);
    else this.#delete(own, index);
  }

  #add(level: Level): void {
    const order = this.#order();
    level.orders.push(order);
    this.#say('add', level, order, order.size);
  }

  /** A new level just in front of the one at the index, if there is a free price; the worst falls out without a word. */
  #improve(own: Level[], other: Level[], index: number, step: 1 | -1): void {
    const price = own[index]!.price - step;
    if (price === (index === 0 ? other[0]! : own[index - 1]!).price) return this.#add(own[index]!);
    const level = { price, orders: [], shown: true };
    own.splice(index, 0, level);
    this.#add(level);
  }

  #trade(level: Level): void {
    const [first] = level.orders;
    if (first === undefined || first.size === 1) return;
    first.size = lots(Math.ceil(first.size / 2));
    this.#say('modify', level, first, first.size);
  }

  #delete(own: Level[], index: number): void {
    const level = own[index]!;
    if (level.orders.length === 1 && own.length <= this.#depth) return;
    const [gone] = level.orders.splice(Math.floor(this.#draw() * level.orders.length), 1);
    this.#say('delete', level, gone!, NO_LOTS);
    if (level.orders.length > 0) return;
    own.splice(index, 1);
    const enters = own[this.#depth - 1]!;
    if (enters.shown) return;
    enters.shown = true;
    for (const order of enters.orders) this.#say('add', enters, order, order.size);
  }

  #say(event: Level3Change['event'], { price }: Level, { id, timestamp }: Order, size: Lots): void {
    this.#sent.push({ event, orderId: id, price: ticks(price), size, timestamp });
  }

  #visible(levels: readonly Level[]): Level3Change[] {
    for (const level of levels.slice(0, this.#depth)) {
      level.shown = true;
      for (const order of level.orders) this.#say('add', level, order, order.size);
    }
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  #side(first: number, step: 1 | -1): Level[] {
    let price = first;
    return Array.from({ length: this.#depth + BEYOND }, () => {
      const orders = Array.from({ length: 1 + Math.floor(4 * this.#draw()) }, () => this.#order());
      const level = { price, orders, shown: false };
      price += step * (1 + Math.floor(12 * this.#draw()));
      return level;
    });
  }

  #order(): Order {
    this.#ids += 1;
    const id = `O${String(this.#ids).padStart(5, 'A')}-KRAKE-BENCHM`;
    // Ids count up, and so does time.
    const timestamp = `2026-11-24T12:00:00.${String(this.#ids).padStart(9, '0')}Z`;
    return { id, size: lots(Math.floor(10 ** (3 + 6 * this.#draw()))), timestamp };
  }

  /** A third at the best level, most of the rest close behind, a few anywhere. */
  #pickIndex(): number {
    const [a, b] = [this.#draw(), this.#draw()];
    if (a < 0.3) return 0;
    if (a < 0.33) return Math.floor(b * this.#depth);
    return Math.min(this.#depth - 1, Math.floor(-8 * Math.log(1 - b)));
  }

  #draw(): number {
    return this.#random.at((this.#draws += 1));
  }
}
