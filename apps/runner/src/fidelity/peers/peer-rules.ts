import { powerThree } from './hftbacktest-queue.ts';
import { queuePosition } from './nautilus-queue.ts';
import type { PeerRule } from './peer-rule.ts';

/** The fill rules of other projects, each in its own step. */
export const PEER_RULES: readonly PeerRule[] = [
  { name: 'book-cross (freqtrade, kraken-cli)', onTouch: false, onThrough: 'nothing', queue: undefined },
  { name: 'strict-through (hummingbot)', onTouch: false, onThrough: 'all', queue: undefined },
  { name: 'touch', onTouch: true, onThrough: 'all', queue: undefined },
  { name: 'nautilus queue option', onTouch: false, onThrough: 'as much', queue: queuePosition },
  { name: 'hftbacktest power3', onTouch: false, onThrough: 'all', queue: powerThree },
];
