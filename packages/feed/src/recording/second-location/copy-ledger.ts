import { PRIORITIES } from './location-options.ts';
import type { CopyPriority } from './location-options.ts';

/** What the drive says about one of its files. */
export interface Copy {
  readonly name: string;
  readonly priority: CopyPriority;
  /** Bytes that were copied and forced to the device. */
  readonly length: number;
  /** SHA-256 of these bytes, hex. */
  readonly sha256: string;
  /** Retention removed the file from the drive: it is not copied again. */
  readonly isRemoved: boolean;
}

/** Lies beside the copies and says what is known of them, oldest first. */
export const LEDGER = '.kb-copies.json';

/** What is on a drive, as the drive itself knows it. */
export class CopyLedger {
  readonly #copies = new Map<string, Copy>();

  /** @throws Error when the text is not what `text` makes. */
  static parse(text: string): CopyLedger {
    const ledger = new CopyLedger();
    const document: unknown = JSON.parse(text);
    if (!isObject(document) || document['version'] !== 1 || !Array.isArray(document['copies'])) {
      throw new Error('expected a list of copies, version 1');
    }
    for (const entry of document['copies']) ledger.set(copyOf(entry));
    return ledger;
  }

  get text(): string {
    return `${JSON.stringify({ version: 1, copies: this.all })}\n`;
  }

  /** Oldest first. */
  get all(): readonly Copy[] {
    return [...this.#copies.values()];
  }

  get(name: string): Copy | undefined {
    return this.#copies.get(name);
  }

  set(copy: Copy): void {
    this.#copies.set(copy.name, copy);
  }

  delete(name: string): void {
    this.#copies.delete(name);
  }

  /**
   * The recordings that have to go for `keepBytes` to hold, oldest first. Never the newest one, nor one that `isGrowing`,
   * nor anything but recordings.
   */
  surplus(keepBytes: number, isGrowing: (name: string) => boolean): readonly Copy[] {
    const recordings = this.all.filter(({ priority, isRemoved }) => priority === 'recording' && !isRemoved);
    let size = recordings.reduce((sum, { length }) => sum + length, 0);
    return recordings.slice(0, -1).filter(({ name, length }) => {
      if (size <= keepBytes || isGrowing(name)) return false;
      size -= length;
      return true;
    });
  }
}

function copyOf(entry: unknown): Copy {
  if (isObject(entry)) {
    const { name, length, sha256, isRemoved } = entry;
    const priority = PRIORITIES.find((each) => each === entry['priority']);
    const isNamed = typeof name === 'string' && name !== '' && priority !== undefined;
    const isSized = typeof length === 'number' && Number.isSafeInteger(length) && length >= 0;
    if (isNamed && isSized && typeof sha256 === 'string' && typeof isRemoved === 'boolean') {
      return { name, priority, length, sha256, isRemoved };
    }
  }
  throw new Error(`expected a copy, was ${JSON.stringify(entry)}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
