import { countToDecimal } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scene } from './scene.ts';

type Step =
  | { readonly do: 'add' }
  | { readonly do: 'cancel' | 'reduce'; readonly which: number }
  | { readonly do: 'sweep'; readonly makers: number; readonly part: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'add' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reduce' as const), which: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('sweep' as const),
      makers: fc.nat(3),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

const decimals = (count: number): string => countToDecimal(count, 1);

/** A bid level of real orders, told as single orders, levels and prints, all of a thing at the same time. */
class RealLevel {
  readonly scene: Scene = new Scene({ models: ['exact', 'fingerprint', 'risk-averse'], follow: 'exact' });
  readonly #orders: { id: string; size: number }[] = [];
  #count = 0;
  #now = 1_000;

  constructor() {
    this.scene.book(this.#now, [['90.0', '0.1']], [['110.0', '0.1']]);
    this.scene.level3(this.#now, { snapshot: true, bids: [this.#row({ id: 'far', size: 1 }, '90.0')], asks: [] });
    // The level is named, so it is followed from when it was empty.
    this.scene.update(this.#now, [['100.0', '0']]);
  }

  /** @param sizeOf Size of the n-th order, lots. */
  step(next: Step, sizeOf: (n: number) => number): void {
    this.#now += 200;
    if (next.do === 'add') {
      this.#count += 1;
      const order = { id: `r${this.#count}`, size: sizeOf(this.#count) };
      this.#orders.push(order);
      this.#tell(order, 'add');
    } else if (next.do === 'sweep') this.#sweep(next.makers + 1, next.part);
    else {
      const order = this.#orders[next.which % Math.max(1, this.#orders.length)];
      if (order === undefined) return;
      if (next.do === 'cancel') this.#leave(order, 'delete');
      else if (order.size > 1) {
        order.size = Math.ceil(order.size / 2);
        this.#tell(order, 'modify');
      }
    }
    this.scene.wait((this.#now += 200));
  }

  place(): void {
    this.scene.place('buy', '100.0', '5000.0');
    this.scene.wait((this.#now += 1));
  }

  /** Takes whole makers from the front, the last of them in part. */
  #sweep(makers: number, part: number): void {
    const hit = this.#orders.slice(0, makers);
    const sizes = hit.map(({ size }, index) => (index < hit.length - 1 ? size : Math.max(1, Math.floor(size * part))));
    for (const size of sizes) this.scene.print(this.#now, '100.0', decimals(size));
    for (const [index, order] of hit.entries()) {
      order.size -= sizes[index] ?? 0;
      if (order.size === 0) this.#leave(order, 'delete');
      else this.#tell(order, 'modify');
    }
  }

  #leave(order: { id: string; size: number }, event: 'delete'): void {
    this.#orders.splice(this.#orders.indexOf(order), 1);
    this.#tell(order, event);
  }

  #tell(order: { id: string; size: number }, event: 'add' | 'modify' | 'delete'): void {
    const level = this.#orders.reduce((sum, { size }) => sum + size, 0);
    this.scene.update(this.#now, [['100.0', decimals(level)]]);
    this.scene.level3(this.#now, { snapshot: false, bids: [{ ...this.#row(order, '100.0'), event }], asks: [] });
  }

  #row(
    { id, size }: { id: string; size: number },
    price: string,
  ): { order_id: string; limit_price: string; order_qty: string; timestamp: string } {
    return {
      order_id: id,
      limit_price: price,
      order_qty: decimals(size),
      timestamp: new Date(this.#now).toISOString(),
    };
  }
}

const SEEDED = { seed: 20_261_124, numRuns: 150 };

test('where no two orders have sizes that could be taken for another, inferred places are the real ones', () => {
  const whole = step.filter((each) => each.do !== 'reduce');
  fc.assert(
    fc.property(
      fc.array(whole, { maxLength: 40, size: 'max' }),
      fc.array(whole, { maxLength: 40 }),
      (before, after) => {
        const level = new RealLevel();
        // Binary-like sizes: no sum of two, nor a part of one that was traded, is the size of another.
        const sizeOf = (n: number): number => 10_007 + 7_919 * n * n;
        for (const each of before) level.step(each, sizeOf);
        level.place();
        for (const each of after) {
          level.step(each, sizeOf);
          const { exact, fingerprint } = level.scene.ahead('o1');
          expect(fingerprint).toBe(exact);
        }
        const { scene } = level;
        expect(scene.shadows('fingerprint')).toEqual(scene.fills());
      },
    ),
    SEEDED,
  );
});

test('whatever the sizes, nothing inferred is ahead that is not displayed, and a level that empties leaves nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(30), (steps, placeAt) => {
      const level = new RealLevel();
      for (const [index, each] of steps.entries()) {
        if (index === placeAt) level.place();
        level.step(each, (n) => 1 + (n % 4)); // sizes repeat all the time
        const { exact, fingerprint, 'risk-averse': most } = level.scene.ahead('o1');
        if (exact === undefined || fingerprint === undefined || most === undefined) continue;
        expect(fingerprint).toBeLessThanOrEqual(most + 1e-9);
        expect(exact).toBeLessThanOrEqual(most);
      }
    }),
    SEEDED,
  );
});
