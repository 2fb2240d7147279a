import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { RecordedFrame } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Scheduler } from '@kb/model';
import { expect, test } from 'vitest';
import { listen, startExchange } from '../src/index.ts';
import { record } from './recording.ts';
import { WsWorld } from './ws-world.ts';

test('a client that falls behind while its request is looked at neither trades nor subscribes any more', () => {
  const world = new WsWorld();
  const token = world.token();
  let buffered = 0;
  const closed: (number | undefined)[] = [];
  const session = world.gate.acceptV2({
    send: () => undefined,
    close: (code) => closed.push(code),
    terminate: () => undefined,
    get bufferedBytes() {
      return buffered;
    },
  });
  const say = (method: string, params: object): void =>
    session.onMessage(Buffer.from(JSON.stringify({ method, params })));
  say('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
  const { catchUp } = world.venue;
  world.venue.catchUp = () => {
    buffered = 17 * 2 ** 20;
    world.stranger('sell', '26000.0', '1');
    catchUp();
  };
  say('subscribe', { channel: 'executions', token });
  say('add_order', { order_type: 'limit', side: 'buy', symbol: 'BTC/USD', limit_price: 25000, order_qty: 1, token });
  world.venue.catchUp = catchUp;
  expect(closed).toEqual([1013]);
  expect(world.desk.openOrders('alice')).toEqual([]);
  // Nobody holds its token: it ends like one that was never used.
  world.wait(901);
  const [refusal] = world.ask(world.client(), 'subscribe', { channel: 'executions', token });
  expect(refusal).toContain('"error":"ESession:Invalid session"');
});

test('a client that is refused a handshake and does not hang up is cut off', { timeout: 5000 }, async () => {
  const server = await listen({ accept: () => ({ onMessage: () => undefined, onClose: () => undefined }) });
  const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined); // the cut
  client.resume();
  client.write(
    'GET /nowhere HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await once(client, 'end');
  const gone = new Promise((resolve) => client.once('close', resolve));
  // The first write is answered with a reset, a later one learns of it.
  const writing = setInterval(() => client.write('still here'), 5);
  await gone;
  clearInterval(writing);
  expect(client.destroyed).toBe(true);
  await server.close();
});

test('an exchange that cannot start lets go of its recording', async () => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  let released = false;
  async function* endless(): AsyncGenerator<RecordedFrame> {
    try {
      const frames = record(2);
      for (;;) yield* frames;
    } finally {
      released = true;
    }
  }
  await expect(startExchange({ port, tape: endless() })).rejects.toMatchObject({ code: 'KB_SIM_PORT_IN_USE' });
  await new Promise((resolve) => taken.close(resolve));
  expect(released).toBe(true);
});

test('an exchange that cannot start leaves no timers of its faults behind', async () => {
  const { scheduler, waiting } = countedScheduler();
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const options = { scheduler, pairs: ['BTC/USD'], warmUp: micros(0) };
  await expect(startExchange({ ...options, port, scenario: 'faulty' })).rejects.toThrow('in use');
  expect(waiting.size).toBe(0);
  const faults = ['crc@1h', 'crc,pair=NO/SUCH'];
  await expect(startExchange({ ...options, faults })).rejects.toMatchObject({ code: 'KB_SIM_UNKNOWN_SYMBOL' });
  expect(waiting.size).toBe(0);
  await new Promise((resolve) => taken.close(resolve));
});

test('an exchange that is closed sends what it holds back of its answers, and leaves no timers behind', async () => {
  const { scheduler, waiting } = countedScheduler();
  const options = { scheduler, pairs: ['BTC/USD'], warmUp: micros(0), privateRestDelay: micros(SECOND) };
  const exchange = await startExchange({ ...options, faults: ['timeout=1h'] });
  const before = waiting.size;
  const answers = ['public/Time', 'private/Balance'].map(async (method) => {
    const answer = await fetch(`${exchange.restUrl}/0/${method}`, { method: 'POST' });
    return JSON.stringify(await answer.json());
  });
  while (waiting.size < before + 2) await new Promise((resolve) => setImmediate(resolve));
  await exchange.close();
  const [time, balance] = await Promise.all(answers);
  expect([time, balance]).toEqual([expect.stringContaining('unixtime'), expect.stringContaining('EAPI')]);
  expect(waiting.size).toBe(0);
});

/** Time that stands still, and the timers that wait for it. */
function countedScheduler(): { readonly scheduler: Scheduler; readonly waiting: ReadonlySet<object> } {
  const clock = new VirtualScheduler(micros(1_750_000_000 * SECOND));
  const waiting = new Set<object>();
  const scheduler: Scheduler = {
    now: () => clock.now(),
    after: (delay, task) => {
      const timer = {};
      waiting.add(timer);
      const cancel = clock.after(delay, () => {
        waiting.delete(timer);
        task();
      });
      return () => {
        waiting.delete(timer);
        cancel();
      };
    },
  };
  return { scheduler, waiting };
}
