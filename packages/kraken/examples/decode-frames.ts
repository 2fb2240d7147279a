import { encodeSubscribe, KrakenDecoder } from '@kb/kraken';
import { lotsToQty, ticksToPrice } from '@kb/model';

// Two frames as Kraken sent them, and one that somebody damaged on the way.
const frames = [
  '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":63501.6,"qty":0.63889204}],"asks":[{"price":63501.9,"qty":0.00100000}],"checksum":2439117997,"timestamp":"2026-07-07T23:00:03.947173Z"}]}',
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":63501.6,"qty":0.00185211,"ord_type":"limit","trade_id":103436769,"timestamp":"2026-07-07T23:00:05.562702Z"}]}',
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":63501.65,"qty":0.00000000}],"asks":[]}]}',
];

const decoder = new KrakenDecoder();
const grid = { pricePrecision: 1, qtyPrecision: 8 }; // from the `instrument` channel, which the decoder reads as well
decoder.setGrid('BTC/USD', grid);

console.log(`send ${encodeSubscribe({ channel: 'book', symbols: ['BTC/USD'], depth: 10, reqId: 1 })}`);
for (const frame of frames) {
  const message = decoder.decode(Buffer.from(frame));
  if (message.type === 'book') {
    console.log(`book: ${message.bidCount} bid, ${message.askCount} ask, best bid ${message.bidPrices[0]} ticks`);
  } else if (message.type === 'trade') {
    for (const { side, size, price } of message.trades) {
      console.log(`trade: ${side} ${lotsToQty(grid, size)} at ${ticksToPrice(grid, price)}`);
    }
  } else if (message.type === 'malformed') {
    console.log(`refused: ${message.code} at byte ${message.offset} (${message.detail})`);
  }
}
