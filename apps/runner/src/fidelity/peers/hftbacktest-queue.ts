import type { PeerQueue, PeerQueueRule } from './peer-rule.ts';

/**
 * hftbacktest's probabilistic queue with `PowerProbQueueFunc3`, n = 3, in its own step (models/queue.rs): prints are taken off the
 * next decrease, on the assumption that each comes before it.
 */
export const powerThree: PeerQueueRule = {
  print(queue, size) {
    queue.ahead -= size;
    queue.printed += size;
    if (queue.ahead >= 0) return 0;
    const beyond = Math.round(-queue.ahead);
    queue.ahead = 0;
    return beyond;
  },
  depth(queue, before, after) {
    const cancelled = before - after - queue.printed;
    queue.printed = 0;
    queue.ahead = cancelled < 0 ? Math.min(queue.ahead, after) : Math.min(moved(queue, before, cancelled), after);
  },
};

function moved({ ahead }: PeerQueue, before: number, cancelled: number): number {
  const behind = before - ahead;
  const share = 1 - (ahead / (ahead + behind)) ** 3;
  const fromBehind = Number.isFinite(share) ? share : 1;
  return ahead - (1 - fromBehind) * cancelled + Math.min(behind - fromBehind * cancelled, 0);
}
