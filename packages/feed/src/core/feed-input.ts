import type { FeedCause, FeedState, Micros } from '@kb/model';

/**
 * Everything from outside that a `FeedCore` acts on. The same inputs in the same order give the same events, so a list of
 * them is a complete record of what a feed saw.
 */
export type FeedInput = FrameInput | StateInput | TickInput;

/** A frame from the venue, as received. */
export interface FrameInput {
  readonly type: 'frame';
  readonly recvTs: Micros;
  readonly frame: Uint8Array;
}

/** What the connection's owner knows and the frames do not say. `live` is never an input: only a verified snapshot makes it. */
export interface StateInput {
  readonly type: 'state';
  readonly recvTs: Micros;
  /** `undefined`: the connection, and with it every symbol. */
  readonly symbol: string | undefined;
  readonly state: FeedState;
  readonly cause: FeedCause;
  readonly detail: string;
}

/** Time passed. */
export interface TickInput {
  readonly type: 'tick';
  readonly recvTs: Micros;
}
