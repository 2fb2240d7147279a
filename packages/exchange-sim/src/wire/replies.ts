import { microsToIso } from '@kb/model';
import type { Micros, SystemStatus } from '@kb/model';
import type { PrivateTopic, Topic } from './requests.ts';

/*
 * Answers, written by hand so that their keys stand in the order of the live captures: alphabetical after `method`. Text that a
 * client sent is quoted by JSON.stringify.
 */

export const HEARTBEAT_FRAME = '{"channel":"heartbeat"}';

/** What a client gets in place of an answer whose messages come faster than it may send them. */
export const TOO_FAST_FRAME = '{"Error":"Exceeded msg rate"}';

/** @param connectionId Digits of an unsigned 64-bit number; Kraken's exceed 2^53. */
export function statusFrame(system: SystemStatus, connectionId: string): string {
  return (
    `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${system}","api_version":"v2",` +
    `"connection_id":${connectionId}}]}`
  );
}

/** When a request came in; the answer leaves at `out`. */
export interface TimeSpan {
  readonly in: Micros;
  readonly out: Micros;
}

/** @param member What the method answers: `"result":{…}`, as JSON. */
export function successReply(method: string, reqId: number | undefined, member: string, span: TimeSpan): string {
  return `{"method":"${method}"${withReqId(reqId)},${member},"success":true,${times(span)}}`;
}

export function subscribedReply(topic: Topic, snapshot: boolean, reqId: number | undefined, span: TimeSpan): string {
  return successReply('subscribe', reqId, topicMember(topic, snapshot), span);
}

export function unsubscribedReply(topic: Topic, reqId: number | undefined, span: TimeSpan): string {
  return successReply('unsubscribe', reqId, topicMember(topic, undefined), span);
}

/** @param maxRateCount What the trading counter of the account may reach. */
export function privateSubscribedReply(
  topic: PrivateTopic,
  maxRateCount: number,
  reqId: number | undefined,
  span: TimeSpan,
): string {
  return successReply('subscribe', reqId, privateMember(topic, maxRateCount), span);
}

export function privateUnsubscribedReply({ channel }: PrivateTopic, reqId: number | undefined, span: TimeSpan): string {
  return successReply('unsubscribe', reqId, `"result":{"channel":"${channel}"}`, span);
}

export function pongReply(reqId: number | undefined, span: TimeSpan): string {
  return `{"method":"pong"${withReqId(reqId)},${times(span)}}`;
}

/** Method and symbol are left out where the request did not get that far. */
export function failureReply(
  error: string,
  method: string | undefined,
  symbol: string | undefined,
  reqId: number | undefined,
  span: TimeSpan,
): string {
  const named = method === undefined ? '' : `,"method":${JSON.stringify(method)}`;
  const about = symbol === undefined ? '' : `,"symbol":${JSON.stringify(symbol)}`;
  return `{"error":${JSON.stringify(error)}${named}${withReqId(reqId)},"success":false${about},${times(span)}}`;
}

/** `,"warnings":[…]`, or nothing where there are none. */
export function withWarnings(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
}

/** What Kraken says to a pair that it does not have. */
export function pairRefusal(symbol: string): string {
  return symbol.includes('/')
    ? `Currency pair not supported ${symbol}`
    : `Currency pair not in ISO 4217-A3 format ${symbol}`;
}

/** What Kraken warns of with each subscription of a channel, as captured in 2026. */
const INSTRUMENT_WARNINGS = ['tick_size is deprecated, use price_increment'];
const OHLC_WARNINGS = ['timestamp is deprecated, use interval_begin'];
const EXECUTIONS_WARNINGS = [
  'cancel_reason is deprecated, use reason',
  'stop_price is deprecated, use triggers.price',
  'trigger is deprecated use triggers.reference',
  'triggered_price is deprecated use triggers.last_price',
];

function topicMember(topic: Topic, snapshot: boolean | undefined): string {
  const { channel } = topic;
  const depth = channel === 'book' || channel === 'level3' ? `,"depth":${topic.depth}` : '';
  const trigger = topic.eventTrigger === undefined ? '' : `,"event_trigger":"${topic.eventTrigger}"`;
  const interval = topic.interval === undefined ? '' : `,"interval":${topic.interval}`;
  const withSnapshot = snapshot === undefined ? '' : `,"snapshot":${snapshot}`;
  const symbol = topic.symbol === '' ? '' : `,"symbol":${JSON.stringify(topic.symbol)}`;
  const warnings = snapshot === undefined ? [] : warningsOf(channel);
  return `"result":{"channel":"${channel}"${depth}${trigger}${interval}${withSnapshot}${symbol}${withWarnings(warnings)}}`;
}

function warningsOf(channel: Topic['channel']): readonly string[] {
  if (channel === 'instrument') return INSTRUMENT_WARNINGS;
  return channel === 'ohlc' ? OHLC_WARNINGS : [];
}

function privateMember(topic: PrivateTopic, maxRateCount: number): string {
  if (topic.channel === 'balances') return `"result":{"channel":"balances","snapshot":${topic.snapshot}}`;
  const { snapOrders, snapTrades } = topic;
  return (
    `"result":{"channel":"executions","maxratecount":${maxRateCount},"snap_orders":${snapOrders},"snap_trades":${snapTrades},` +
    `"snapshot":${snapOrders || snapTrades}${withWarnings(EXECUTIONS_WARNINGS)}}`
  );
}

function withReqId(reqId: number | undefined): string {
  return reqId === undefined ? '' : `,"req_id":${reqId}`;
}

function times(span: TimeSpan): string {
  return `"time_in":"${microsToIso(span.in)}","time_out":"${microsToIso(span.out)}"`;
}
