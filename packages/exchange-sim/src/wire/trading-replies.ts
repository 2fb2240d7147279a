import { micros, microsToIso, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { withWarnings } from './replies.ts';

/*
 * What the trading methods of WebSocket v2 answer, each as the member of its answer. Names stand in alphabetical order.
 */

/** How the client calls an order. */
export interface OwnIds {
  readonly clOrdId?: string | undefined;
  readonly userref?: number | undefined;
}

/** @param orderId Empty where the order was only checked. */
export function addMember(orderId: string, ids: OwnIds, warnings: readonly string[] = []): string {
  return `"result":${orderObject(orderId, ids, warnings)}`;
}

/** One element for each order of the batch: its ids, or why it was refused (the name `error` is REST's: UNCONFIRMED). */
export function batchAddMember(elements: readonly string[]): string {
  return `"result":[${elements.join(',')}]`;
}

export function orderObject(orderId: string, { clOrdId, userref }: OwnIds, warnings: readonly string[] = []): string {
  const named = clOrdId === undefined ? '' : `"cl_ord_id":${JSON.stringify(clOrdId)},`;
  const tagged = userref === undefined ? '' : `,"order_userref":${userref}`;
  return `{${named}"order_id":${JSON.stringify(orderId)}${tagged}${withWarnings(warnings)}}`;
}

export function errorObject(error: string): string {
  return `{"error":${JSON.stringify(error)}}`;
}

/** @param ref The name that the client used: `"order_id":"O…"`. */
export function amendMember(amendId: string, ref: string, warnings: readonly string[] = []): string {
  return `"result":{"amend_id":${JSON.stringify(amendId)},${ref}${withWarnings(warnings)}}`;
}

export function editMember(orderId: string, originalId: string, warnings: readonly string[] = []): string {
  const ids = `"order_id":${JSON.stringify(orderId)},"original_order_id":${JSON.stringify(originalId)}`;
  return `"result":{${ids}${withWarnings(warnings)}}`;
}

export function countMember(count: number): string {
  return `"result":{"count":${count}}`;
}

/** It is the only method whose answer has no `result`. */
export function batchCancelMember(count: number): string {
  return `"orders_cancelled":${count}`;
}

/** Times in whole seconds, rounded; `"0"` when disarmed. */
export function cancelAfterMember(at: Micros, triggerAt: Micros | undefined): string {
  const trigger = triggerAt === undefined ? '0' : wholeSecond(triggerAt);
  return `"result":{"currentTime":"${wholeSecond(at)}","triggerTime":"${trigger}"}`;
}

function wholeSecond(at: Micros): string {
  return `${microsToIso(micros(Math.round(at / SECOND) * SECOND)).slice(0, 19)}Z`;
}
