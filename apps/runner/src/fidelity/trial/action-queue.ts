interface Action {
  readonly time: number;
  /** What was added first goes first at equal times. */
  readonly turn: number;
  readonly run: (time: number) => void;
}

/** What is to be done later, in order of time: a binary heap. */
export class ActionQueue {
  readonly #heap: Action[] = [];
  #turns = 0;

  add(time: number, run: (time: number) => void): void {
    const heap = this.#heap;
    const action = { time, turn: this.#turns, run };
    this.#turns += 1;
    let place = heap.length;
    heap.push(action);
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const other = heap[parent];
      if (other === undefined || !isBefore(action, other)) break;
      heap[place] = other;
      place = parent;
    }
    heap[place] = action;
  }

  /** Time of the next; `Infinity` when there is none. */
  get nextAt(): number {
    return this.#heap[0]?.time ?? Infinity;
  }

  /** Does the next. */
  run(): void {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return;
    if (heap.length > 0) this.#sink(last);
    first.run(first.time);
  }

  #sink(action: Action): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      let least = heap[child];
      const right = heap[child + 1];
      if (least === undefined) break;
      if (right !== undefined && isBefore(right, least)) {
        least = right;
        child += 1;
      }
      if (!isBefore(least, action)) break;
      heap[place] = least;
      place = child;
    }
    heap[place] = action;
  }
}

function isBefore(a: Action, b: Action): boolean {
  return a.time === b.time ? a.turn < b.turn : a.time < b.time;
}
