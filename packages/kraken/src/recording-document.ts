import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { JsonTreeReader } from './json-tree.ts';
import type { JsonNode } from './json-tree.ts';
import type { RecordedFrame } from './recording-line.ts';
import { textToMicros } from './wire-time.ts';

/** Whether a first line opens the one-document form instead of being a line of its own. */
export function opensDocument(line: Uint8Array): boolean {
  return /^\s*\{\s*(?:$|"init"\s*:)/.test(Buffer.from(line.subarray(0, 200)).toString('latin1'));
}

/**
 * Reads `{"init": …, "updates": […]}`, each frame's text as it stands in the document. `init` is one frame or a list.
 *
 * Such a document has no receive times: a frame takes the venue's time of its first element, or of the frame before it;
 * those before the first known time take that one.
 *
 * @throws DecodeFault where the document is not that.
 */
export function framesOfDocument(bytes: Uint8Array): RecordedFrame[] {
  const root = new JsonTreeReader(bytes).read();
  if (root.kind !== 'object') return [];
  const init = root.members.get('init');
  const updates = root.members.get('updates');
  const nodes = [
    ...(init === undefined ? [] : init.kind === 'array' ? init.items : [init]),
    ...(updates?.kind === 'array' ? updates.items : []),
  ];
  const times = nodes.map(venueTime);
  let time = times.find((known) => known !== undefined) ?? micros(0);
  return nodes.map((node, index) => {
    time = times[index] ?? time;
    const tsNs = time === 0 ? '0' : `${time}000`;
    return { recvTs: time, tsNs, dir: 'rx', raw: Buffer.from(bytes.subarray(node.start, node.end)) };
  });
}

/** `data[0].timestamp` of a v2 frame. */
function venueTime(frame: JsonNode): Micros | undefined {
  const data = frame.kind === 'object' ? frame.members.get('data') : undefined;
  const first = data?.kind === 'array' ? data.items[0] : undefined;
  const time = first?.kind === 'object' ? first.members.get('timestamp') : undefined;
  return time?.kind === 'string' ? textToMicros(time.text) : undefined;
}
