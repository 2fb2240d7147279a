import type { OrderType } from '@kb/model';

interface Kind {
  /** Whether its limit is told (`own`), made when it triggers (`offset`), or none. */
  readonly limit: 'own' | 'offset' | undefined;
  /** `stop`: waits for the price to turn against it · `take`: to turn in its favour · `trail`: a stop that follows the price. */
  readonly trigger: 'stop' | 'take' | 'trail' | undefined;
}

/** What kinds of order differ in. Source: Kraken WebSocket v2, `add_order`. */
export const ORDER_KINDS: Readonly<Record<OrderType, Kind>> = {
  market: { limit: undefined, trigger: undefined },
  limit: { limit: 'own', trigger: undefined },
  iceberg: { limit: 'own', trigger: undefined },
  'stop-loss': { limit: undefined, trigger: 'stop' },
  'stop-loss-limit': { limit: 'own', trigger: 'stop' },
  'take-profit': { limit: undefined, trigger: 'take' },
  'take-profit-limit': { limit: 'own', trigger: 'take' },
  'trailing-stop': { limit: undefined, trigger: 'trail' },
  'trailing-stop-limit': { limit: 'offset', trigger: 'trail' },
  'settle-position': { limit: undefined, trigger: undefined },
};
