import type { Micros, SystemStatus } from '@kb/model';
import type { JsonNode, JsonObject } from './json-tree.ts';
import type { AckMessage, PongMessage, StatusMessage, UnknownMessage } from './messages.ts';
import { onlyElement, optional } from './tree-fields.ts';
import { textToMicros } from './wire-time.ts';

/** A system status that this version has no name for gives `unknown`: the venue may add one any day. */
export function statusFromTree(frame: JsonObject): StatusMessage | UnknownMessage {
  const data = onlyElement(frame);
  const system = text(optional(data, 'system'));
  if (system === undefined || !isSystemStatus(system)) return { type: 'unknown', channel: 'status' };
  const id = optional(data, 'connection_id');
  return {
    type: 'status',
    system,
    version: text(optional(data, 'version')) ?? '',
    connectionId: id?.kind === 'number' || id?.kind === 'string' ? id.text : '',
  };
}

/**
 * Reads the answer to a request. Failures come in several shapes, down to `{"Error":"Exceeded msg rate"}`, so a field that
 * is absent or of another type is `undefined` rather than a reason to lose the answer.
 */
export function answerFromTree(frame: JsonObject): AckMessage | PongMessage | UnknownMessage {
  const method = text(optional(frame, 'method'));
  const success = optional(frame, 'success');
  const error = text(optional(frame, 'error')) ?? text(optional(frame, 'Error'));
  const reqId = whole(optional(frame, 'req_id'));
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
    channel: text(optional(about, 'channel')),
    symbol: text(optional(about, 'symbol')),
    depth: whole(optional(about, 'depth')),
    error,
    warnings: texts(optional(about, 'warnings')),
    timeIn,
    timeOut,
  };
}

function text(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.text : undefined;
}

function texts(node: JsonNode | undefined): string[] {
  if (node?.kind !== 'array') return [];
  return node.items.flatMap((item) => (item.kind === 'string' ? [item.text] : []));
}

function whole(node: JsonNode | undefined): number | undefined {
  if (node?.kind !== 'number' || !/^\d{1,16}$/.test(node.text)) return undefined;
  const value = Number(node.text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function time(node: JsonNode | undefined): Micros | undefined {
  return node?.kind === 'string' ? textToMicros(node.text) : undefined;
}

function isSystemStatus(status: string): status is SystemStatus {
  return status === 'online' || status === 'cancel_only' || status === 'maintenance' || status === 'post_only';
}
