/** Cuts a stream of bytes into lines; a CR before the newline goes with it. */
export class LineSplitter {
  #rest: Uint8Array[] = [];
  #restLength = 0;

  /** What stands after the last newline so far. */
  get restLength(): number {
    return this.#restLength;
  }

  /** The lines that a chunk completes. They may share its memory. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end);
      start = end + 1;
      yield withoutReturn(this.#restLength === 0 ? tail : this.#takeRest(tail));
    }
    if (start < chunk.length) {
      this.#rest.push(chunk.subarray(start));
      this.#restLength += chunk.length - start;
    }
  }

  /** What is left without a newline. */
  takeRest(): Uint8Array {
    return withoutReturn(this.#takeRest(new Uint8Array(0)));
  }

  #takeRest(tail: Uint8Array): Uint8Array {
    const whole = Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restLength = 0;
    return whole;
  }
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
