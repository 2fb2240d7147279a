import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { keyedRandom } from '@kb/model';

/** What RFC 6455 has a server answer a client's key with. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface ChoppedSocket {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A WebSocket server that sends these text messages and says goodbye, cut up as a seed decides: messages in one frame or in fragments, with
 * pings between, and the bytes of all of it in TCP writes of any length, from one byte to many frames at once.
 */
export async function chopped(messages: readonly Uint8Array[], seed: number): Promise<ChoppedSocket> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(request.toString('latin1')) ?? [];
      const accepted = createHash('sha1')
        .update(key + GUID)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`,
      );
      void writeChopped(socket, wireOf(messages, seed), seed);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function wireOf(messages: readonly Uint8Array[], seed: number): Buffer {
  const parts: Buffer[] = [];
  for (const [index, message] of messages.entries()) {
    const cuts = Math.floor(keyedRandom(seed, 'fragments', index) * 4);
    const ends = Array.from({ length: cuts }, (_, cut) =>
      Math.floor(keyedRandom(seed, `cut ${index}`, cut) * message.length),
    ).toSorted((a, b) => a - b);
    let from = 0;
    for (const [part, end] of [...ends, message.length].entries()) {
      parts.push(frame(part === 0 ? TEXT : CONTINUATION, part === ends.length, message.subarray(from, end)));
      if (keyedRandom(seed, `ping ${index}`, part) < 0.05) parts.push(frame(PING, true, Buffer.from('still there?')));
      from = end;
    }
  }
  parts.push(frame(CLOSE, true, Buffer.from([0x03, 0xe8])));
  return Buffer.concat(parts);
}

async function writeChopped(socket: Socket, wire: Buffer, seed: number): Promise<void> {
  socket.setNoDelay(true);
  for (let at = 0, write = 0; at < wire.length && !socket.destroyed; write += 1) {
    const length = Math.ceil(100_000 ** keyedRandom(seed, 'write', write));
    socket.write(wire.subarray(at, at + length));
    at += length;
    // Some writes leave together, others one by one.
    if (keyedRandom(seed, 'turn', write) < 0.5) await new Promise((resolve) => setImmediate(resolve));
  }
}

const [CONTINUATION, TEXT, CLOSE, PING] = [0x0, 0x1, 0x8, 0x9];

/** A frame as it stands on the wire, unmasked. */
function frame(kind: number, isLast: boolean, payload: Uint8Array): Buffer {
  const { length } = payload;
  const first = (isLast ? 0x80 : 0) | kind;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const head = length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = first;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
