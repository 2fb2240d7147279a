/** Somebody who is sent frames: one client on one protocol. */
export interface Subscriber {
  send(frame: string | Uint8Array): void;
}
