/**
 * The clients of `fan-out.bench.ts`, in a thread of their own: they connect, send what they are told to, and count the frames they
 * get. Say `{ url, clients, request }` to let some connect, and a number to be told when so many frames have come in all.
 */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { WebSocket } from 'ws';

/** What the bench says to this thread. */
export type Order = number | { readonly url: string; readonly clients: number; readonly request: string | undefined };

let frames = 0;
let awaited = Infinity;

parentPort?.on('message', (order: Order) => {
  if (typeof order === 'number') {
    awaited = order;
    tellWhenComplete();
  } else {
    void connectAll(order);
  }
});

async function connectAll({ url, clients, request }: Exclude<Order, number>): Promise<void> {
  const sockets = Array.from({ length: clients }, () => new WebSocket(url, { perMessageDeflate: false }));
  for (const socket of sockets) {
    socket.on('message', () => {
      frames += 1;
      tellWhenComplete();
    });
  }
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  if (request !== undefined) for (const socket of sockets) socket.send(request);
  parentPort?.postMessage('connected');
}

function tellWhenComplete(): void {
  if (frames < awaited) return;
  awaited = Infinity;
  parentPort?.postMessage(frames);
}
