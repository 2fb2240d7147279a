import type { Subscriber } from '../subscriber.ts';

/**
 * Frames of the private channels on their way to their subscribers, all connections of an exchange together. While a command is carried out
 * they wait until its answer has left; otherwise they go at once. What waits is what one command did: bounded by the orders it may touch.
 */
export class Outbox {
  #held: { readonly to: Subscriber; readonly frame: string }[] | undefined = undefined;

  post(to: Subscriber, frame: string): void {
    if (this.#held === undefined) to.send(frame);
    else this.#held.push({ to, frame });
  }

  /** Carries out a command and sends its answer, then lets go what was posted meanwhile. */
  after(command: () => void): void {
    const held: { readonly to: Subscriber; readonly frame: string }[] = [];
    this.#held = held;
    try {
      command();
    } finally {
      this.#held = undefined;
      for (const { to, frame } of held) to.send(frame);
    }
  }
}
