import type { SystemStatus } from '@kb/model';
import type { V1About } from './v1-requests.ts';

/*
 * Answers and events of WebSocket v1, keys in alphabetical order as in the captures.
 */

export const V1_HEARTBEAT_FRAME = '{"event":"heartbeat"}';

/** @param connectionId Digits of an unsigned 64-bit number. */
export function v1SystemStatusFrame(status: SystemStatus, connectionId: string): string {
  return `{"connectionID":${connectionId},"event":"systemStatus","status":"${status}","version":"1.9.1"}`;
}

export function v1PongReply(reqId: number | undefined): string {
  return `{"event":"pong"${withReqId(reqId)}}`;
}

/** A request that is about no subscription. */
export function v1ErrorReply(error: string, reqId: number | undefined): string {
  return `{"errorMessage":${JSON.stringify(error)},"event":"error"${withReqId(reqId)}}`;
}

/** A trading request. @param event What its answer is called. */
export function v1TradingRefusal(error: string, event: string, reqId: number | undefined): string {
  return `{"errorMessage":${JSON.stringify(error)},"event":"${event}"${withReqId(reqId)},"status":"error"}`;
}

/** How a subscription is now. @param subscription JSON. */
export function v1SubscriptionReply(
  status: 'subscribed' | 'unsubscribed',
  channelId: number,
  channelName: string,
  pair: string,
  subscription: string,
  reqId: number | undefined,
): string {
  return (
    `{"channelID":${channelId},"channelName":"${channelName}","event":"subscriptionStatus","pair":${JSON.stringify(pair)}` +
    `${withReqId(reqId)},"status":"${status}","subscription":${subscription}}`
  );
}

/** A subscription that was refused. @param pair `undefined` where the request did not get as far as its pairs. */
export function v1SubscriptionRefusal(
  error: string,
  pair: string | undefined,
  { subscription }: Pick<V1About, 'subscription'>,
  reqId: number | undefined,
): string {
  const about = pair === undefined ? '' : `,"pair":${JSON.stringify(pair)}`;
  const echo = subscription === undefined ? '' : `,"subscription":${subscription}`;
  return `{"errorMessage":${JSON.stringify(error)},"event":"subscriptionStatus"${about}${withReqId(reqId)},"status":"error"${echo}}`;
}

function withReqId(reqId: number | undefined): string {
  return reqId === undefined ? '' : `,"reqid":${reqId}`;
}
