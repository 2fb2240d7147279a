import type { JsonNode, JsonObject } from '../json-tree.ts';
import type { KrakenMessage } from '../messages.ts';
import { symbolOfV1 } from '../symbol-names.ts';
import { isSystemStatus } from '../tree-control.ts';
import { minutesOrNone, minutesToMicros, optional, textOrNone, wholeOrNone } from '../tree-fields.ts';

/** Reads an object: `{"event":…}`. What is missing or of another type is `undefined`, so that no answer is lost for it. */
export function v1ControlFromTree(frame: JsonObject): KrakenMessage {
  const event = textOrNone(optional(frame, 'event'));
  switch (event ?? '') {
    case 'heartbeat':
      return { type: 'heartbeat' };
    case 'pong':
      return { type: 'pong', reqId: wholeOrNone(optional(frame, 'reqid')), timeIn: undefined, timeOut: undefined };
    case 'systemStatus':
      return statusOf(frame);
    case 'subscriptionStatus':
    case 'error':
      return answerOf(frame);
    default:
      return { type: 'unknown', channel: event };
  }
}

function statusOf(frame: JsonObject): KrakenMessage {
  const system = textOrNone(optional(frame, 'status'));
  if (system === undefined || !isSystemStatus(system)) return { type: 'unknown', channel: 'status' };
  const id = optional(frame, 'connectionID');
  return {
    type: 'status',
    system,
    version: textOrNone(optional(frame, 'version')) ?? '',
    connectionId: id?.kind === 'number' || id?.kind === 'string' ? id.text : '',
  };
}

function answerOf(frame: JsonObject): KrakenMessage {
  const status = textOrNone(optional(frame, 'status'));
  const error = textOrNone(optional(frame, 'errorMessage'));
  const node = optional(frame, 'subscription');
  const about = node?.kind === 'object' ? node : undefined;
  const member = (name: string): JsonNode | undefined => (about === undefined ? undefined : optional(about, name));
  // `book-10`, `ohlc-5`: the subscription itself may leave out what its default is.
  const [name, parameter = ''] = textOrNone(optional(frame, 'channelName'))?.split('-') ?? [];
  const named = /^\d{1,7}$/.test(parameter) ? Number(parameter) : undefined;
  const channel = textOrNone(member('name')) ?? name;
  const pair = textOrNone(optional(frame, 'pair'));
  return {
    type: 'ack',
    method: status === 'subscribed' ? 'subscribe' : status === 'unsubscribed' ? 'unsubscribe' : undefined,
    success: error === undefined && (status === 'subscribed' || status === 'unsubscribed'),
    reqId: wholeOrNone(optional(frame, 'reqid')),
    channel,
    symbol: pair === undefined ? undefined : symbolOfV1(pair),
    depth: wholeOrNone(member('depth')) ?? (channel === 'book' ? named : undefined),
    interval:
      minutesOrNone(member('interval')) ??
      (channel === 'ohlc' && named !== undefined ? minutesToMicros(named) : undefined),
    error,
    warnings: [],
    timeIn: undefined,
    timeOut: undefined,
  };
}
