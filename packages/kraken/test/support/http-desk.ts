import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A real HTTP server on loopback that counts its connections. */
export class HttpDesk {
  readonly requests: string[] = [];
  sockets = 0;
  /** Connections that ended. */
  ended = 0;
  readonly #server: Server;
  #onRequest: () => void = () => undefined;
  #onEnded: () => void = () => undefined;

  private constructor(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      answer(request, response);
      this.#onRequest();
    });
    this.#server.keepAliveTimeout = 0; // connections end when the client ends them
    this.#server.on('connection', (socket: Socket) => {
      this.sockets += 1;
      socket.on('error', () => undefined); // clients that hang up are what is tested
      socket.on('close', () => {
        this.ended += 1;
        this.#onEnded();
      });
    });
  }

  static async open(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<HttpDesk> {
    const desk = new HttpDesk(answer);
    await new Promise<void>((resolve) => desk.#server.listen(0, '127.0.0.1', resolve));
    return desk;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server.address())}`;
  }

  /** Resolves when so many requests have come in all. */
  async arrivals(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#onRequest = resolve;
      });
    }
  }

  /** Resolves when no connection is left. */
  async emptied(): Promise<void> {
    while (this.ended < this.sockets) {
      await new Promise<void>((resolve) => {
        this.#onEnded = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** A port of loopback that nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server.address());
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address');
  return address.port;
}
