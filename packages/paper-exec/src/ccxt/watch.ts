import type { BaseError } from './errors.ts';

interface Viewer<T> {
  /** Newest of each thing that has not been handed over, by its id. */
  readonly unseen: Map<string, T>;
  waiting: { readonly promise: Promise<T[]>; resolve(items: T[]): void; reject(error: BaseError): void } | undefined;
}

/**
 * What ccxt's `watch…` methods wait for: each call gets what is new since the last one of the same symbol, at once when there is
 * something. At most 1,000 things wait to be seen; the oldest go first.
 */
export class Watch<T> {
  /** By symbol; the empty one sees all. */
  readonly #viewers = new Map<string, Viewer<T>>();

  /** @param begin What the first call sees at once, by id. */
  next(symbol: string | undefined, begin: () => Iterable<readonly [string, T]>): Promise<T[]> {
    const key = symbol ?? ALL;
    let viewer = this.#viewers.get(key);
    if (viewer === undefined) {
      viewer = { unseen: new Map(begin()), waiting: undefined };
      this.#viewers.set(key, viewer);
    }
    if (viewer.waiting !== undefined) return viewer.waiting.promise;
    if (viewer.unseen.size > 0) return Promise.resolve(handOver(viewer));
    const { promise, resolve, reject } = Promise.withResolvers<T[]>();
    viewer.waiting = { promise, resolve, reject };
    return promise;
  }

  /** Tells of something new. @param id Of the thing: a newer state of it takes the place of an older one. */
  tell(symbol: string, id: string, item: () => T): void {
    if (this.#viewers.size === 0) return;
    for (const key of [symbol, ALL]) {
      const viewer = this.#viewers.get(key);
      if (viewer === undefined) continue;
      viewer.unseen.delete(id);
      viewer.unseen.set(id, item());
      if (viewer.unseen.size > MOST_UNSEEN) {
        const [oldest = ''] = viewer.unseen.keys();
        viewer.unseen.delete(oldest);
      }
      const { waiting } = viewer;
      viewer.waiting = undefined;
      waiting?.resolve(handOver(viewer));
    }
  }

  /** Nothing more will be told. */
  close(error: BaseError): void {
    for (const viewer of this.#viewers.values()) {
      viewer.waiting?.reject(error);
      viewer.waiting = undefined;
    }
  }
}

function handOver<T>({ unseen }: Viewer<T>): T[] {
  const items = [...unseen.values()];
  unseen.clear();
  return items;
}

const ALL = '';
const MOST_UNSEEN = 1_000;
