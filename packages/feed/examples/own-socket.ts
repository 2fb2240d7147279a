import { FeedCore } from '@kb/feed';
import { micros } from '@kb/model';

// Your own socket, your own reconnects: FeedCore only wants the frames, as they came.
const socket = new WebSocket(process.argv[2] ?? 'wss://ws.kraken.com/v2');
const send = (method: string, symbol: string): void =>
  socket.send(JSON.stringify({ method, params: { channel: 'book', symbol: [symbol], depth: 10 } }));

const core = new FeedCore({
  symbols: ['BTC/USD'],
  depth: 10,
  onEvent: (event) => {
    if (event.type === 'book') console.log(event.symbol, 'best bid', event.book.bestBid(), 'ticks, verified');
  },
  onResync: (symbol, cause) => {
    console.log(symbol, 'frozen:', cause);
    send('unsubscribe', symbol);
    send('subscribe', symbol);
  },
});
socket.addEventListener('open', () => send('subscribe', 'BTC/USD'));
socket.addEventListener('message', ({ data }) =>
  core.handle({ type: 'frame', recvTs: micros(Date.now() * 1000), frame: Buffer.from(String(data)) }),
);
process.once('SIGINT', () => socket.close());
