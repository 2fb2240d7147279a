import type { QueueModelId } from '@kb/model';
import { QUEUE_MODELS } from '@kb/paper-exec';

/** Every queue model of the paper engine, as its package lists them. */
export const PAPER_MODELS: readonly QueueModelId[] = Object.keys(QUEUE_MODELS).filter(isModel);

/** The model that is followed: the one that fills last, so that no other has to outlive it. */
export const FOLLOWED: QueueModelId = 'risk-averse';

/** The model that a strategy on paper goes by. */
export const CENTRAL: string = hasCentral(PAPER_MODELS) ? 'central' : FOLLOWED;

function hasCentral(models: readonly string[]): boolean {
  return models.includes('central');
}

function isModel(id: string): id is QueueModelId {
  return id in QUEUE_MODELS;
}
