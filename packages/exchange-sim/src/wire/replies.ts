import { microsToIso } from '@kb/model';
import type { Micros, SystemStatus } from '@kb/model';
import type { Topic } from './requests.ts';

/*
 * Answers, written by hand so that their keys stand in the order of the live captures: alphabetical after `method`. Text that a
 * client sent is quoted by JSON.stringify.
 */

export const HEARTBEAT_FRAME = '{"channel":"heartbeat"}';

/** @param connectionId Digits of an unsigned 64-bit number; Kraken's exceed 2^53. */
export function statusFrame(system: SystemStatus, connectionId: string): string {
  return (
    `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${system}","api_version":"v2",` +
    `"connection_id":${connectionId}}]}`
  );
}

export function subscribedReply(topic: Topic, snapshot: boolean, reqId: number | undefined, span: TimeSpan): string {
  return `{"method":"subscribe"${withReqId(reqId)},"result":${result(topic, snapshot)},"success":true,${times(span)}}`;
}

export function unsubscribedReply(topic: Topic, reqId: number | undefined, span: TimeSpan): string {
  return `{"method":"unsubscribe"${withReqId(reqId)},"result":${result(topic, undefined)},"success":true,${times(span)}}`;
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

/** When a request came in; the answer leaves at `out`. */
export interface TimeSpan {
  readonly in: Micros;
  readonly out: Micros;
}

function result(topic: Topic, snapshot: boolean | undefined): string {
  const depth = topic.channel === 'book' ? `,"depth":${topic.depth}` : '';
  const trigger = topic.eventTrigger === undefined ? '' : `,"event_trigger":"${topic.eventTrigger}"`;
  const withSnapshot = snapshot === undefined ? '' : `,"snapshot":${snapshot}`;
  const symbol = topic.symbol === '' ? '' : `,"symbol":${JSON.stringify(topic.symbol)}`;
  return `{"channel":"${topic.channel}"${depth}${trigger}${withSnapshot}${symbol}}`;
}

function withReqId(reqId: number | undefined): string {
  return reqId === undefined ? '' : `,"req_id":${reqId}`;
}

function times(span: TimeSpan): string {
  return `"time_in":"${microsToIso(span.in)}","time_out":"${microsToIso(span.out)}"`;
}

/** What Kraken says to a pair that it does not have. */
export function pairRefusal(symbol: string): string {
  return symbol.includes('/')
    ? `Currency pair not supported ${symbol}`
    : `Currency pair not in ISO 4217-A3 format ${symbol}`;
}
