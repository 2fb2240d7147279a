// A local exchange in one line, and a client that trades on it the way any program trades on Kraken: a signed REST call for a
// token, then an order over WebSocket v2.
import { createHash, createHmac } from 'node:crypto';
import { startExchange } from '@kb/exchange-sim';
import { ticks } from '@kb/model';
import { WebSocket } from 'ws';

const exchange = await startExchange({ pairs: ['BTC/USD'], accounts: [{ name: 'alice', balances: { USD: '10000' } }] });

const { apiKey, secret } = exchange.credentials('alice');
const path = '/0/private/GetWebSocketsToken';
const [nonce, body] = ['1', 'nonce=1'];
const digest = createHash('sha256').update(`${nonce}${body}`).digest();
const sign = createHmac('sha512', Buffer.from(secret, 'base64')).update(path).update(digest).digest('base64');
const answer = await fetch(exchange.restUrl + path, {
  method: 'POST',
  headers: { 'API-Key': apiKey, 'API-Sign': sign, 'Content-Type': 'application/x-www-form-urlencoded' },
  body,
});
const { result } = (await answer.json()) as { result: { token: string } };

const client = new WebSocket(exchange.url);
client.on('open', () => {
  const order = { symbol: 'BTC/USD', side: 'buy', order_type: 'limit', limit_price: 50000, order_qty: 0.01 };
  client.send(JSON.stringify({ method: 'subscribe', params: { channel: 'executions', token: result.token } }));
  client.send(JSON.stringify({ method: 'add_order', params: { ...order, token: result.token }, req_id: 1 }));
});
await new Promise<void>((done) => {
  client.on('message', (frame: Buffer) => {
    console.log(frame.toString('utf8').slice(0, 110));
    if (frame.includes('"exec_type":"new"')) done();
  });
});

// The truth behind the frames: the queue that the order waits in. 500000 ticks of 0.1 USD.
console.log(exchange.exchange.truth('BTC/USD').orders.queue('buy', ticks(500_000)));

client.terminate();
await exchange.close();
