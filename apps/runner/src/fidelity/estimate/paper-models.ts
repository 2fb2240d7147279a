import type { QueueModelId } from '@kb/model';
import { QUEUE_MODEL_IDS } from '@kb/paper-exec';

/** Every queue model that goes by price levels and prints, as the package of the paper engine lists them. */
export const LEVEL_MODELS: readonly QueueModelId[] = QUEUE_MODEL_IDS.filter((model) => model !== 'exact');

/** Those that need the orders themselves: they get a venue of their own, or they would help the others. */
export const ORDER_MODELS: readonly QueueModelId[] = QUEUE_MODEL_IDS.filter((model) => model === 'exact');

/** Fills last, so that no other model has to outlive it: the one that venues follow, where they have it. */
export const LAST: QueueModelId = QUEUE_MODEL_IDS.find((model) => model === 'trade-only') ?? 'risk-averse';

/** The model that a strategy on paper goes by. */
export const CENTRAL: QueueModelId = QUEUE_MODEL_IDS.find((model) => model === 'central') ?? 'risk-averse';
