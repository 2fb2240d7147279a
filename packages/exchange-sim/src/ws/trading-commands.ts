import { assertNever, micros, MILLISECOND, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import type { Answer } from '../trading/answer.ts';
import type { AmendRequest, OrderRef, OrderRequest } from '../trading/order.ts';
import type { OrderDesk } from '../trading/order-desk.ts';
import { sent } from '../wire/sent.ts';
import {
  addMember,
  amendMember,
  batchAddMember,
  batchCancelMember,
  cancelAfterMember,
  countMember,
  editMember,
  errorObject,
  orderObject,
} from '../wire/trading-replies.ts';
import type { AmendFields, TradingRequest } from '../wire/trading-requests.ts';

/** What a command is answered with: the member that its answer has, or an error. */
export type Outcome = { readonly ok: true; readonly member: string } | { readonly ok: false; readonly error: string };

/** Kraken: between half a second and a minute from now, 5 s when nothing is said. */
const SHORTEST_DEADLINE = 500 * MILLISECOND;
const LONGEST_DEADLINE = 60 * SECOND;
const USUAL_DEADLINE = 5 * SECOND;

/** Carries out a trading request. @returns One outcome; `cancel_order` has one for each order that was named, in their order. */
export function carryOut(request: TradingRequest, account: string, desk: OrderDesk, at: Micros): readonly Outcome[] {
  switch (request.method) {
    case 'add_order':
      return [addOrder(request.order, account, desk, at)];
    case 'batch_add':
      return [batchAdd(request.orders, request.deadline, account, desk, at)];
    case 'amend_order':
      return [amendOrder(request.ref, request.changes, account, desk, at)];
    case 'edit_order': {
      const { orderId, edit } = request;
      const deadline = deadlineOf(edit.deadline, at);
      if (deadline === undefined) return [BAD_DEADLINE];
      const answer = desk.edit(account, { orderId }, { ...edit, deadline }, at);
      return [told(answer, ({ order, original }, warnings) => editMember(order.id, original.id, warnings))];
    }
    case 'cancel_order':
      return request.refs.flatMap((ref) => cancelOrder(ref, account, desk, at));
    case 'batch_cancel':
      return [told(desk.cancelBatch(account, request.refs, at), ({ count }) => batchCancelMember(count))];
    case 'cancel_all':
      return [told(desk.cancelAll(account, at), ({ count }) => countMember(count))];
    case 'cancel_all_orders_after':
      return [
        told(desk.cancelAllAfter(account, request.seconds, at), ({ triggerAt }) => cancelAfterMember(at, triggerAt)),
      ];
    default:
      return assertNever(request);
  }
}

function addOrder(order: OrderRequest, account: string, desk: OrderDesk, at: Micros): Outcome {
  const deadline = deadlineOf(order.deadline, at);
  if (deadline === undefined) return BAD_DEADLINE;
  // An order that was only checked has the id ''.
  return told(desk.place(account, { ...order, deadline }, at), ({ id }, warnings) => addMember(id, order, warnings));
}

function batchAdd(
  orders: readonly OrderRequest[],
  asked: Micros | undefined,
  account: string,
  desk: OrderDesk,
  at: Micros,
): Outcome {
  const deadline = deadlineOf(asked, at);
  if (deadline === undefined) return BAD_DEADLINE;
  const requests = orders.map((order) => ({ ...order, deadline }));
  return told(desk.placeBatch(account, requests, at), (answers) => {
    const elements = answers.map((answer, index) => {
      if (!answer.ok) return errorObject(answer.error);
      const request = requests[index];
      return orderObject(answer.value.id, request ?? {}, answer.warnings);
    });
    return batchAddMember(elements);
  });
}

function amendOrder(ref: OrderRef, changes: AmendFields, account: string, desk: OrderDesk, at: Micros): Outcome {
  const deadline = deadlineOf(changes.deadline, at);
  if (deadline === undefined) return BAD_DEADLINE;
  const { limitPrice, limitPriceType, ...rest } = changes;
  const trailing = desk.order(account, ref)?.request.kind === 'trailing-stop-limit';
  const type = limitPriceType ?? (trailing ? 'quote' : 'static');
  // Only the limit of a trailing stop may be an offset.
  if (!trailing && type !== 'static') return { ok: false, error: 'EGeneral:Invalid arguments:limit_price_type' };
  const request: AmendRequest = {
    ...rest,
    ...sent({ limitPrice: limitPrice === undefined ? undefined : { value: limitPrice, type } }),
    deadline,
  };
  return told(desk.amend(account, ref, request, at), ({ amendId }, warnings) => {
    return amendMember(amendId, refMember(ref), warnings);
  });
}

/** Several orders may have the same userref: each that was cancelled is told by its id. */
function cancelOrder(ref: OrderRef, account: string, desk: OrderDesk, at: Micros): readonly Outcome[] {
  const answer = desk.cancel(account, ref, at);
  if (!answer.ok) return [answer];
  if (!('userref' in ref)) return [{ ok: true, member: `"result":{${refMember(ref)}}` }];
  return answer.value.map(({ id }) => ({ ok: true, member: addMember(id, ref) }));
}

function refMember(ref: OrderRef): string {
  if ('orderId' in ref) return `"order_id":${JSON.stringify(ref.orderId)}`;
  return 'clOrdId' in ref ? `"cl_ord_id":${JSON.stringify(ref.clOrdId)}` : `"order_userref":${ref.userref}`;
}

/**
 * The deadline that counts. One that has passed is for the desk to refuse, in its own words.
 * @returns `undefined` for one that is too near or too far.
 */
function deadlineOf(asked: Micros | undefined, at: Micros): Micros | undefined {
  if (asked === undefined) return micros(at + USUAL_DEADLINE);
  if (asked < at) return asked;
  return asked < at + SHORTEST_DEADLINE || asked > at + LONGEST_DEADLINE ? undefined : asked;
}

/** (The text is UNCONFIRMED.) */
const BAD_DEADLINE: Outcome = { ok: false, error: 'EGeneral:Invalid arguments:deadline' };

function told<Value>(
  answer: Answer<Value>,
  memberOf: (value: Value, warnings: readonly string[] | undefined) => string,
): Outcome {
  return answer.ok ? { ok: true, member: memberOf(answer.value, answer.warnings) } : answer;
}
