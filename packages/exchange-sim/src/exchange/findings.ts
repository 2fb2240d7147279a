import { SimError } from '../errors.ts';

/** What is wrong with what a user wrote: read one after the other, told at once. */
export class Findings {
  readonly #errors: SimError[] = [];

  /** Reads something. @returns `undefined` when there was something wrong; `done` throws before anyone can use that. */
  try<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SimError)) throw error;
      this.#errors.push(error);
      return undefined;
    }
  }

  /** @throws SimError: the only one that was found, or one that tells them all: of their code, or `KB_SIM_BAD_OPTION` if they differ. */
  done(): void {
    const [first, ...others] = this.#errors;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    const lines = this.#errors.flatMap(({ message }) => message.split('\n'));
    const hints = new Set(this.#errors.flatMap(({ hint }) => hint ?? []));
    throw new SimError(
      others.every(({ code }) => code === first.code) ? first.code : 'KB_SIM_BAD_OPTION',
      `${lines.length} problems:\n  ${lines.join('\n  ')}`,
      hints.size === 0 ? {} : { hint: [...hints].join('\n       ') },
    );
  }
}
