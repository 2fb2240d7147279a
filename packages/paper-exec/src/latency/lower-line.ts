// oxlint-disable typescript/no-non-null-assertion -- the loops keep every index inside the arrays
import type { Micros } from '@kb/model';

/** A straight line over time. */
export interface Line {
  readonly slope: number;
  at(time: Micros): number;
}

/**
 * The line under the points of the last ten minutes that comes nearest to them all: the edge of their lower convex hull under
 * their middle. Of each second only the lowest point is kept. A slope beyond 200 millionths is no clock's: then the line
 * keeps to that slope, and touches the lowest point it can.
 */
export class LowerLine {
  /** One point a second: when, and how high. */
  readonly #times = new Float64Array(SECONDS);
  readonly #values = new Float64Array(SECONDS).fill(Number.POSITIVE_INFINITY);
  #latest = Number.NEGATIVE_INFINITY;
  #drawn: Line | undefined = undefined;

  note(at: Micros, value: number): void {
    const second = Math.floor(at / 1_000_000);
    if (second > this.#latest) this.#moveTo(second);
    const slot = this.#latest % SECONDS;
    if (value >= this.#values[slot]!) return;
    this.#values[slot] = value;
    this.#times[slot] = at;
    this.#drawn = undefined;
  }

  /** The line; `undefined` without points. */
  line(): Line | undefined {
    if (this.#latest === Number.NEGATIVE_INFINITY) return undefined;
    this.#drawn ??= this.#draw();
    return this.#drawn;
  }

  #moveTo(second: number): void {
    const passed = Math.min(second - this.#latest, SECONDS);
    for (let back = 0; back < passed; back += 1) this.#values[(second - back) % SECONDS] = Number.POSITIVE_INFINITY;
    this.#latest = second;
    this.#drawn = undefined;
  }

  #draw(): Line {
    const hull: Point[] = [];
    let middle = 0;
    let count = 0;
    for (let second = this.#latest - SECONDS + 1; second <= this.#latest; second += 1) {
      const slot = ((second % SECONDS) + SECONDS) % SECONDS;
      const value = this.#values[slot]!;
      if (value === Number.POSITIVE_INFINITY) continue;
      const point = { time: this.#times[slot]!, value };
      count += 1;
      middle += (point.time - middle) / count;
      while (hull.length >= 2 && isAbove(hull.at(-1)!, hull.at(-2)!, point)) hull.pop();
      hull.push(point);
    }
    let right = hull.findIndex(({ time }) => time > middle);
    if (right < 1) right = hull.length - 1;
    const [from, to] = [hull[Math.max(0, right - 1)]!, hull[right]!];
    const steep = to.time > from.time ? (to.value - from.value) / (to.time - from.time) : 0;
    const slope = Math.min(MOST_DRIFT, Math.max(-MOST_DRIFT, steep));
    let base = Number.POSITIVE_INFINITY; // the height at `middle` of the lowest line of that slope
    for (const { time, value } of hull) base = Math.min(base, value - slope * (time - middle));
    return { slope, at: (time) => base + slope * (time - middle) };
  }
}

interface Point {
  readonly time: number;
  readonly value: number;
}

/** Whether a point lies above (or on) the straight line between its neighbours. */
function isAbove(point: Point, before: Point, after: Point): boolean {
  const rise = (point.value - before.value) * (after.time - before.time);
  return rise >= (after.value - before.value) * (point.time - before.time);
}

const SECONDS = 600;
const MOST_DRIFT = 200e-6;
