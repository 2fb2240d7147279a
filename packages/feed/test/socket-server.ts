import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Accept } from '@kb/kraken';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** A real WebSocket server on loopback, with a hand on its TCP sockets. */
export interface SocketServer {
  readonly url: string;
  /** The TCP sockets of the connections so far, oldest first. */
  readonly tcp: Socket[];
  readonly webSockets: WebSocket[];
  /** Answers handshakes with this response instead, while it is set. */
  refuseWith: string | undefined;
  close(): Promise<void>;
}

export async function listen(accept: Accept): Promise<SocketServer> {
  const http = createServer();
  const webSocketServer = new WebSocketServer({ noServer: true });
  const all = new Set<Duplex>();
  http.on('connection', (socket) => {
    all.add(socket);
    socket.on('close', () => all.delete(socket));
  });
  http.on('upgrade', (request, socket: Duplex, head) => {
    if (server.refuseWith !== undefined) {
      socket.end(server.refuseWith);
      return;
    }
    webSocketServer.handleUpgrade(request, socket, head, (webSocket) => {
      server.tcp.push(request.socket);
      server.webSockets.push(webSocket);
      const handlers = accept({
        send: (frame) => webSocket.send(frame, { binary: false }),
        close: (code, reason) => webSocket.close(code, reason),
        terminate: () => webSocket.terminate(),
        get bufferedBytes() {
          return webSocket.bufferedAmount;
        },
      });
      webSocket.on('message', (data: Buffer) => handlers.onMessage(data));
      webSocket.on('close', () => handlers.onClose());
      webSocket.on('error', () => {});
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const server: SocketServer = {
    url: `ws://127.0.0.1:${port}/v2`,
    tcp: [],
    webSockets: [],
    refuseWith: undefined,
    async close() {
      for (const socket of all) socket.destroy();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}

/** A text frame as it stands on the wire, unmasked. */
export function textFrame(payload: Uint8Array): Buffer {
  const head = payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}
