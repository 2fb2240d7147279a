import type { PeerQueueRule } from './peer-rule.ts';

/**
 * NautilusTrader's option to track queue positions: prints take from the queue ahead, and no more can be ahead than is displayed.
 * Nothing pairs a print with the decrease that it causes; a decrease alone never moves the order while the level is larger.
 */
export const queuePosition: PeerQueueRule = {
  print(queue, size) {
    const beyond = Math.max(0, size - Math.max(0, queue.ahead));
    queue.ahead = Math.max(0, queue.ahead - size);
    return beyond;
  },
  depth(queue, _before, after) {
    queue.ahead = Math.min(queue.ahead, after);
  },
};
