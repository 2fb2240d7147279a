/**
 * One line of a journal: `{…,"h":"<16 hex>"}`.
 *
 * The canonical form of a line is its JSON without that last field. The chain is h(n) = SHA-256(h(n−1) ‖ canonical(n)) with
 * h(n−1) as 64 hex digits; a line carries the first 16 of its own, which is enough to point at the line that changed.
 */
import { hash } from 'node:crypto';

/** h(−1): what the first header is chained to. */
export const GENESIS: string = '0'.repeat(64);

/** SHA-256, as 64 hex digits, of the chain so far and one more canonical line. */
export function chained(previous: string, canonical: string): string {
  return hash('sha256', previous + canonical, 'hex');
}

/** The line as it is stored, newline included. */
export function stored(canonical: string, chainHash: string): string {
  return `${canonical.slice(0, -1)}${MARK}${chainHash.slice(0, HEX)}"}\n`;
}

/** Reads stored lines: hashes the bytes as they stand in the file, so that no decoding can hide a change. */
export class LineReader {
  #scratch: Buffer = Buffer.alloc(64 * 1024);

  /**
   * @param line A stored line without its newline.
   * @returns The chain's hash after it, or `undefined` when the line is not what was written after `previous`.
   */
  verify(previous: string, line: Buffer): string | undefined {
    const end = line.length - SUFFIX;
    if (end < 1) return undefined;
    const length = PREVIOUS + end + 1;
    if (this.#scratch.length < length) this.#scratch = Buffer.alloc(length * 2);
    const scratch = this.#scratch;
    scratch.write(previous, 0, 'latin1');
    line.copy(scratch, PREVIOUS, 0, end);
    scratch[length - 1] = CLOSING_BRACE;
    const found = hash('sha256', scratch.subarray(0, length), 'hex');
    return line.toString('latin1', end) === `${MARK}${found.slice(0, HEX)}"}` ? found : undefined;
  }

  /** The canonical form of a verified line. */
  canonical(line: Buffer): string {
    return `${line.toString('utf8', 0, line.length - SUFFIX)}}`;
  }
}

const MARK = ',"h":"';
const HEX = 16;
const SUFFIX = MARK.length + HEX + '"}'.length;
const PREVIOUS = 64;
const CLOSING_BRACE = 0x7d;
