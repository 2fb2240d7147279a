/**
 * Keeps the token that subscriptions are made with: asked for when it is first needed, and shared by all until it is forgotten.
 * It goes nowhere but into requests.
 */
export class TokenKeeper {
  readonly #maker: () => Promise<string>;
  #current: Promise<string> | undefined = undefined;
  #token: string | undefined = undefined;

  constructor(maker: () => Promise<string>) {
    this.#maker = maker;
  }

  /** Rejects as the one who makes tokens does; the next call then asks anew. */
  async get(): Promise<string> {
    const asked = (this.#current ??= this.#ask());
    try {
      const token = await asked;
      if (this.#current === asked) this.#token = token;
      return token;
    } catch (error) {
      if (this.#current === asked) this.forget();
      throw error;
    }
  }

  /** The venue does not take it any more. @param token Only this one: a newer one stays. Left out: whatever there is. */
  forget(token?: string): void {
    if (token !== undefined && token !== this.#token) return;
    this.#current = undefined;
    this.#token = undefined;
  }

  async #ask(): Promise<string> {
    const token: unknown = await this.#maker(); // typed by whoever wrote it
    if (typeof token !== 'string' || token === '') throw new TypeError('expected a token, got none');
    return token;
  }
}
