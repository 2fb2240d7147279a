/** What fills earned, by hour: cash by hour of the fill, positions marked at the mid of each hour's end. Doubles: a statistic. */
export class HourLedger {
  /** Ticks × lots received less paid, lots bought less sold, and ticks × lots turned over, by hour. */
  readonly #cash: number[] = [];
  readonly #net: number[] = [];
  readonly #turnover: number[] = [];

  fill(hour: number, side: 'buy' | 'sell', price: number, size: number): void {
    const sign = side === 'buy' ? 1 : -1;
    this.#cash[hour] = (this.#cash[hour] ?? 0) - sign * price * size;
    this.#net[hour] = (this.#net[hour] ?? 0) + sign * size;
    this.#turnover[hour] = (this.#turnover[hour] ?? 0) + price * size;
  }

  /** Ticks × lots earned in each hour. @param mids Mid at the end of each hour. */
  profits(mids: readonly number[]): number[] {
    let position = 0;
    return mids.map((mid, hour) => {
      const before = position * (mids[hour - 1] ?? 0);
      position += this.#net[hour] ?? 0;
      return (this.#cash[hour] ?? 0) + position * mid - before;
    });
  }

  turnover(hour: number): number {
    return this.#turnover[hour] ?? 0;
  }
}
