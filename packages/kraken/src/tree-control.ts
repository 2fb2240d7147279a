import type { Micros, SystemStatus } from '@kb/model';
import type { JsonNode, JsonObject } from './json-tree.ts';
import type { AckMessage, PongMessage, StatusMessage, UnknownMessage } from './messages.ts';
import { minutesOrNone, onlyElement, optional, textOrNone, wholeOrNone } from './tree-fields.ts';
import { textToMicros } from './wire-time.ts';

/** A system status that this version has no name for gives `unknown`: the venue may add one any day. */
export function statusFromTree(frame: JsonObject): StatusMessage | UnknownMessage {
  const data = onlyElement(frame);
  const system = textOrNone(optional(data, 'system'));
  if (system === undefined || !isSystemStatus(system)) return { type: 'unknown', channel: 'status' };
  const id = optional(data, 'connection_id');
  return {
    type: 'status',
    system,
    version: textOrNone(optional(data, 'version')) ?? '',
    connectionId: id?.kind === 'number' || id?.kind === 'string' ? id.text : '',
  };
}

/**
 * Reads the answer to a request. Failures come in several shapes, down to `{"Error":"Exceeded msg rate"}`, so a field that
 * is absent or of another type is `undefined` rather than a reason to lose the answer.
 */
export function answerFromTree(frame: JsonObject): AckMessage | PongMessage | UnknownMessage {
  const method = textOrNone(optional(frame, 'method'));
  const success = optional(frame, 'success');
  const error = textOrNone(optional(frame, 'error')) ?? textOrNone(optional(frame, 'Error'));
  const reqId = wholeOrNone(optional(frame, 'req_id'));
  const timeIn = time(optional(frame, 'time_in'));
  const timeOut = time(optional(frame, 'time_out'));
  if (method === 'pong' && error === undefined) return { type: 'pong', reqId, timeIn, timeOut };
  if (success?.kind !== 'literal' && error === undefined) return { type: 'unknown', channel: method };

  const result = optional(frame, 'result');
  const about = result?.kind === 'object' ? result : frame;
  return {
    type: 'ack',
    method,
    success: error === undefined && success?.kind === 'literal' && success.value === true,
    reqId,
    channel: textOrNone(optional(about, 'channel')),
    symbol: textOrNone(optional(about, 'symbol')),
    depth: wholeOrNone(optional(about, 'depth')),
    interval: minutesOrNone(optional(about, 'interval')),
    error,
    warnings: texts(optional(about, 'warnings')),
    timeIn,
    timeOut,
  };
}

function texts(node: JsonNode | undefined): string[] {
  if (node?.kind !== 'array') return [];
  return node.items.flatMap((item) => (item.kind === 'string' ? [item.text] : []));
}

function time(node: JsonNode | undefined): Micros | undefined {
  return node?.kind === 'string' ? textToMicros(node.text) : undefined;
}

/** Whether this is a state of the exchange that has a name here. */
export function isSystemStatus(status: string): status is SystemStatus {
  return status === 'online' || status === 'cancel_only' || status === 'maintenance' || status === 'post_only';
}
