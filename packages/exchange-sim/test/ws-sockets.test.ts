import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { listen } from '../src/listen.ts';
import type { Listening } from '../src/listen.ts';
import { WsWorld } from './ws-world.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function serve(world: WsWorld): Promise<Listening> {
  const server = await listen({ accept: world.gate.acceptV2, acceptV1: world.gate.acceptV1 });
  open.push(server);
  return server;
}

/** A real client, and the frames that it gets: `next` waits for one that matches. */
async function dial(url: string): Promise<{ send: (value: object) => void; next: (what: RegExp) => Promise<string> }> {
  const socket = new WebSocket(url);
  const frames: string[] = [];
  let wake = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    frames.push(data.toString('utf8'));
    wake();
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  open.unshift({ close: () => socket.terminate() });
  return {
    send: (value) => socket.send(JSON.stringify(value)),
    next: async (what) => {
      for (;;) {
        const at = frames.findIndex((frame) => what.test(frame));
        if (at >= 0) return frames.splice(0, at + 1).at(-1) ?? '';
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

test('over real sockets an order is placed, traded and told of on v2', async () => {
  const world = new WsWorld();
  world.stranger('sell', '26000.0', '0.01');
  const server = await serve(world);
  const client = await dial(server.url);
  const token = world.token();
  expect(await client.next(/"channel":"status"/)).toContain('"system":"online"');
  client.send({ method: 'subscribe', params: { channel: 'executions', token }, req_id: 1 });
  await client.next(/"channel":"executions","type":"snapshot"/);
  const params = { order_type: 'market', side: 'buy', order_qty: 0.01, symbol: 'BTC/USD', token };
  client.send({ method: 'add_order', params, req_id: 2 });
  expect(await client.next(/"method":"add_order"/)).toContain('"req_id":2,"result":{"order_id":"O');
  expect(await client.next(/"exec_type":"trade"/)).toContain('"last_price":26000.0');
  expect(await client.next(/"exec_type":"filled"/)).toContain('"cum_qty":0.01000000');
});

test('over real sockets v1 is spoken on the root', async () => {
  const world = new WsWorld();
  const server = await serve(world);
  const client = await dial(server.wsUrl);
  expect(await client.next(/systemStatus/)).toContain('"status":"online"');
  client.send({ event: 'subscribe', pair: ['XBT/USD'], subscription: { name: 'trade' } });
  await client.next(/"status":"subscribed"/);
  world.print('26000.0', '0.5');
  expect(await client.next(/^\[/)).toContain('[["26000.00000","0.50000000",');
});
