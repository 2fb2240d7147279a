import type { JsonNode, JsonObject } from '../json-tree.ts';
import type { KrakenMessage } from '../messages.ts';
import { symbolOfV1 } from '../symbol-names.ts';
import { isSystemStatus } from '../tree-control.ts';
import { minutesOrNone, optional, textOrNone, wholeOrNone } from '../tree-fields.ts';

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
  const pair = textOrNone(optional(frame, 'pair'));
  return {
    type: 'ack',
    method: status === 'subscribed' ? 'subscribe' : status === 'unsubscribed' ? 'unsubscribe' : undefined,
    success: error === undefined && (status === 'subscribed' || status === 'unsubscribed'),
    reqId: wholeOrNone(optional(frame, 'reqid')),
    channel: textOrNone(member('name')),
    symbol: pair === undefined ? undefined : symbolOfV1(pair),
    depth: wholeOrNone(member('depth')),
    interval: minutesOrNone(member('interval')),
    error,
    warnings: [],
    timeIn: undefined,
    timeOut: undefined,
  };
}
