// A local exchange on a free port, and a client that asks it for a book: what any program that speaks Kraken's
// WebSocket v2 would do.
import { systemScheduler } from '@kb/kraken';
import { DEMO_MARKET, listen, SimExchange } from '@kb/exchange-sim';
import { WebSocket } from 'ws';

const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler: systemScheduler() });
const server = await listen({ accept: exchange.accept });
exchange.start();

const client = new WebSocket(server.url);
client.on('open', () => {
  client.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10},"req_id":1}');
});

let frames = 0;
await new Promise<void>((done) => {
  client.on('message', (frame: Buffer) => {
    console.log(frame.toString('utf8').slice(0, 110));
    frames += 1;
    if (frames === 5) done();
  });
});

// The truth behind the frames: who is first in the queue at the best bid, and what is ahead of the others.
const { orders } = exchange.truth('BTC/USD');
const bid = orders.best('buy');
if (bid !== undefined) console.log(orders.queue('buy', bid));

client.terminate();
await server.close();
exchange.stop();
