/** Deadlines of numbered things, earliest first; equal times come out in the order of the numbers. A binary heap on flat arrays. */
export class TimerHeap {
  #times = new Float64Array(1024);
  #ids = new Float64Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The earliest time; `Infinity` when empty. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] ?? Infinity);
  }

  /** The thing it belongs to; meaningless when empty. */
  get nextId(): number {
    return this.#ids[0] ?? 0;
  }

  push(time: number, id: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const times = this.#times;
    const ids = this.#ids;
    let index = this.#size;
    this.#size += 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = times[parent] ?? 0;
      const aboveId = ids[parent] ?? 0;
      if (above < time || (above === time && aboveId < id)) break;
      times[index] = above;
      ids[index] = aboveId;
      index = parent;
    }
    times[index] = time;
    ids[index] = id;
  }

  pop(): void {
    if (this.#size === 0) return;
    this.#size -= 1;
    const times = this.#times;
    const ids = this.#ids;
    const size = this.#size;
    const time = times[size] ?? 0;
    const id = ids[size] ?? 0;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      let childTime = times[child] ?? 0;
      let childId = ids[child] ?? 0;
      const right = child + 1;
      if (right < size) {
        const rightTime = times[right] ?? 0;
        const rightId = ids[right] ?? 0;
        if (rightTime < childTime || (rightTime === childTime && rightId < childId)) {
          child = right;
          childTime = rightTime;
          childId = rightId;
        }
      }
      if (time < childTime || (time === childTime && id < childId)) break;
      times[index] = childTime;
      ids[index] = childId;
      index = child;
    }
    times[index] = time;
    ids[index] = id;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    const ids = new Float64Array(2 * this.#ids.length);
    times.set(this.#times);
    ids.set(this.#ids);
    this.#times = times;
    this.#ids = ids;
  }
}
