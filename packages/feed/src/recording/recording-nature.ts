import type { RecordedFrame } from '@kb/kraken';
import { importedSource } from '../importers/import-marker.ts';

/** What a recording is, as its lines say up to the first frame received: told them one by one, before anybody acts on them. */
export class RecordingNature {
  #importedFrom: string | undefined = undefined;
  #isV1: boolean | undefined = undefined;
  #isBegun = false;

  /** What it was made from, where it was imported. */
  get importedFrom(): string | undefined {
    return this.#importedFrom;
  }

  /** Whether it speaks WebSocket v1, the old protocol, rather than v2; `undefined` before the first frame received. */
  get isV1(): boolean | undefined {
    return this.#isV1;
  }

  onLine({ dir, raw }: RecordedFrame): void {
    if (!this.#isBegun && dir === 'open') this.#importedFrom = importedSource(textOf(raw));
    this.#isBegun = true;
    if (dir === 'rx') this.#isV1 ??= isV1Frame(textOf(raw));
  }
}

/** Data of v1 is an array, and everything else an object that names its `event`; v2 has objects with `channel` or `method`. */
function isV1Frame(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false; // the decoder of v2 will say what is wrong
  }
  return Array.isArray(value) || (typeof value === 'object' && value !== null && 'event' in value);
}

function textOf(raw: Uint8Array): string {
  return Buffer.from(raw).toString();
}
