import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import type { CopyLedger } from './copy-ledger.ts';
import { fileSystemDrive } from './drive.ts';
import type { Drive } from './drive.ts';
import type { CopyPriority } from './location-options.ts';

/** The drive of a second location, as a file's copy sees it. */
export interface DriveAccess {
  readonly folder: string;
  readonly device: number;
  readonly ledger: CopyLedger;
  readonly chunkBytes: number;
  /** Every use of the drive goes through here. */
  run<Value>(work: (drive: Drive) => Promise<Value>): Promise<Value>;
  /** Whether another file's copy has this name. */
  isTaken(name: string): boolean;
}

/** The original cannot be read: it is gone, shorter than it was, or its disk fails. */
export class SourceUnreadable extends Error {
  override readonly name = 'SourceUnreadable';
}

/** After so many files of the same name that are not ours, something else is wrong. */
const MOST_NAMES = 1000;

/** One file that only grows, and how much of it the drive holds. */
export class MirroredFile {
  readonly path: string;
  readonly priority: CopyPriority;
  /** On the drive; another than asked for when that is taken. */
  name: string;
  /** Whether the original was ever seen. */
  isThere = false;
  /** Of the original, when it was last looked at. */
  size = 0;
  /** Bytes from the beginning that the drive holds. */
  copied = 0;
  /** Whether what the drive holds was compared since the drive came. */
  isVerified = false;
  /** The copy was removed by the drive's retention, so nothing more is copied. */
  isRemoved = false;
  readonly #as: string;
  /** Of the first `copied` bytes. */
  #hash: Hash = createHash('sha256');
  /** The piece that is on its way, or whose way ended somewhere: the drive may hold its beginning. */
  #underWay: Uint8Array = new Uint8Array();

  constructor(path: string, priority: CopyPriority, as: string) {
    this.path = path;
    this.priority = priority;
    this.#as = as;
    this.name = as;
  }

  get bytesLeft(): number {
    return this.isRemoved ? 0 : Math.max(0, this.size - this.copied);
  }

  /**
   * Finds how much of this file the drive holds: a name whose bytes are a beginning of ours, or a free one.
   * @returns Whether a name was passed over because it holds something else.
   */
  async verify(access: DriveAccess): Promise<boolean> {
    this.isRemoved = false;
    const before = this.#hash.copy();
    try {
      return await this.#find(access);
    } catch (error) {
      this.#hash = before; // what is known of the copy is what was known
      throw error;
    }
  }

  async #find(access: DriveAccess): Promise<boolean> {
    for (let attempt = 1; attempt <= MOST_NAMES; attempt += 1) {
      const name = numbered(this.#as, attempt);
      if (name !== this.name && access.isTaken(name)) continue;
      const matched = await this.#matchedBytes(name, access);
      if (matched === undefined) continue;
      const wasKnown = this.name === name;
      this.name = name;
      this.copied = matched;
      this.isVerified = true;
      return !wasKnown;
    }
    throw new Error(`${this.#as}: ${MOST_NAMES} files of that name hold something else`);
  }

  /** Copies the next piece. Needs `verify` before. */
  async copyChunk(access: DriveAccess): Promise<void> {
    const buffer = new Uint8Array(Math.min(access.chunkBytes, this.bytesLeft));
    const length = await readSource(this.path, buffer, this.copied);
    if (length < buffer.length) throw shorter(this.path);
    const { folder, device } = access;
    this.#underWay = buffer;
    await access.run((drive) => drive.append(folder, this.name, buffer, this.copied, device));
    this.#underWay = new Uint8Array();
    this.#hash.update(buffer);
    this.copied += length;
    this.#note(access.ledger);
  }

  /** Whether what lies under its name is what was copied of it, and at most a part of the piece that was under way. */
  async isOnDrive(access: DriveAccess): Promise<boolean> {
    const target = join(access.folder, this.name);
    const size = await access.run((drive) => drive.size(target));
    if (size === undefined || size < this.copied || size > this.copied + this.#underWay.length) return false;
    const hash = createHash('sha256');
    const tail = Buffer.alloc(size - this.copied);
    const buffer = new Uint8Array(access.chunkBytes);
    for (let at = 0; at < this.copied;) {
      const part = buffer.subarray(0, Math.min(buffer.length, this.copied - at));
      const position = at;
      if ((await access.run((drive) => drive.read(target, part, position))) < part.length) return false;
      hash.update(part);
      at += part.length;
    }
    await access.run((drive) => drive.read(target, tail, this.copied));
    const isSame = hash.digest('hex') === this.#hash.copy().digest('hex');
    return isSame && tail.equals(this.#underWay.subarray(0, tail.length));
  }

  /** @returns How many bytes of ours lie under a name; `undefined` when something else does. */
  async #matchedBytes(name: string, access: DriveAccess): Promise<number | undefined> {
    const target = join(access.folder, name);
    const known = access.ledger.get(name);
    const size = await access.run((drive) => drive.size(target));
    if (known === undefined && size === undefined) return this.#startAfresh();
    if (known !== undefined && !(await this.#beginsWith(known.length, known.sha256))) {
      if (size !== undefined || known.isRemoved) return undefined;
    }
    if (known?.isRemoved === true) {
      this.isRemoved = true;
      return known.length;
    }
    if (size === undefined) return this.#startAfresh(); // somebody removed the copy

    // What the ledger vouches for needs no reading; what came after it, or all when the drive lost some, does.
    const vouched = known !== undefined && known.length <= size ? known.length : 0;
    if (vouched === 0) this.#startAfresh();
    const equal = vouched + (await this.#equalBytes(target, vouched, size, access));
    if (equal < size) {
      // A write that was cut off leaves a torn end, of one piece at most. Anything else is not ours to touch.
      const isTorn = known !== undefined && size - equal <= access.chunkBytes && size <= this.size;
      if (!isTorn) return undefined;
      await access.run((drive) => drive.truncate(target, equal));
    }
    this.copied = equal;
    this.name = name;
    this.#note(access.ledger);
    return equal;
  }

  #startAfresh(): number {
    this.#hash = createHash('sha256');
    return 0;
  }

  /** Whether our file begins with bytes of this hash; `#hash` stands after them then. */
  async #beginsWith(length: number, sha256: string): Promise<boolean> {
    if (length > this.size) return false;
    if (length === this.copied && this.#hash.copy().digest('hex') === sha256) return true;
    const hash = createHash('sha256');
    const buffer = new Uint8Array(READ_BYTES);
    for (let at = 0; at < length;) {
      const part = buffer.subarray(0, Math.min(buffer.length, length - at));
      const read = await readSource(this.path, part, at);
      if (read < part.length) throw shorter(this.path);
      hash.update(part);
      at += read;
    }
    this.#hash = hash;
    return hash.copy().digest('hex') === sha256;
  }

  /** Compares bytes of the copy with ours. @returns How many are equal; `#hash` has taken them. */
  async #equalBytes(target: string, from: number, to: number, access: DriveAccess): Promise<number> {
    let at = from;
    while (at < to) {
      const theirs = new Uint8Array(Math.min(access.chunkBytes, to - at));
      const ours = new Uint8Array(theirs.length);
      const position = at;
      const read = await access.run((drive) => drive.read(target, theirs, position));
      const length = Math.min(read, await readSource(this.path, ours, at));
      let equal = 0;
      while (equal < length && theirs[equal] === ours[equal]) equal += 1;
      this.#hash.update(ours.subarray(0, equal));
      at += equal;
      if (equal < theirs.length) break;
    }
    return at - from;
  }

  #note(ledger: CopyLedger): void {
    const { name, priority, copied: length } = this;
    ledger.set({ name, priority, length, sha256: this.#hash.copy().digest('hex'), isRemoved: false });
  }
}

const READ_BYTES = 1024 * 1024;

/** `run/btc-000001.ndjson.zst` → `run/btc-000001~2.ndjson.zst`: readers go by the ending. */
export function numbered(name: string, attempt: number): string {
  return attempt === 1 ? name : name.replace(/^((?:.*\/)?[^/.]*)/, `$1~${attempt}`);
}

async function readSource(path: string, into: Uint8Array, position: number): Promise<number> {
  try {
    return await fileSystemDrive.read(path, into, position);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new SourceUnreadable(`${path}: ${text}`, { cause: error });
  }
}

function shorter(path: string): SourceUnreadable {
  return new SourceUnreadable(`${path}: is shorter than it was`);
}
