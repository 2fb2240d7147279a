import { KeyedRandom } from '@kb/model';
import { readRecording } from '../../src/recording.ts';
import { BOOK_CAPTURES, CAPTURES, hasCaptures } from './captures.ts';
import { BTC, bytes, randomBook, venueBook } from './frames.ts';
import type { SeedFrame } from './fuzz.ts';

/** Frames for the fuzzer to start from: some of each kind made here, and the recorded ones when they are there. */
export async function seedFrames(): Promise<SeedFrame[]> {
  const random = new KeyedRandom(3, 'seed-frames');
  let draws = 0;
  const draw = (): number => random.at((draws += 1));
  // As many as make a fair share beside the book frames.
  const frames: SeedFrame[] = Array.from({ length: 30 }, () =>
    OTHERS.map((text) => ({ frame: bytes(text), symbol: 'BTC/USD', grid: BTC })),
  ).flat();
  const grids = [
    BTC,
    { pricePrecision: 5, qtyPrecision: 8 },
    { pricePrecision: 10, qtyPrecision: 5 },
    { pricePrecision: 0, qtyPrecision: 0 },
  ];
  for (const [index, grid] of grids.entries()) {
    const symbol = `T${index}/USD`;
    for (let count = 0; count < 100; count += 1) {
      frames.push({ frame: bytes(venueBook(randomBook(draw, symbol), grid)), symbol, grid });
    }
  }
  if (!hasCaptures) return frames;
  for (const { file, grid } of BOOK_CAPTURES) {
    const symbol = file.includes('XRP') ? 'XRP/USD' : 'BTC/USD';
    let count = 0;
    for await (const { raw } of readRecording(CAPTURES + file)) {
      if ((count += 1) <= 200) frames.push({ frame: raw, symbol, grid });
    }
  }
  return frames;
}

const OTHERS = [
  '{"channel":"heartbeat"}',
  '{"Error":"Exceeded msg rate"}',
  '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":4421894013101914413}]}',
  '{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z","time_out":"2023-09-24T14:10:23.799703Z"}',
  '{"method":"subscribe","req_id":1,"result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},"success":true,"time_in":"2026-07-07T23:00:03.501510Z","time_out":"2026-07-07T23:00:03.501553Z"}',
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":63501.6,"qty":0.00185211,"ord_type":"limit","trade_id":103436769,"timestamp":"2026-07-07T23:00:05.562702Z"},{"symbol":"BTC/USD","side":"buy","price":63501.6,"qty":0.02922270,"ord_type":"market","trade_id":103436770,"timestamp":"2026-07-07T23:00:05.562702Z"}]}',
  '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":63501.6,"bid_qty":0.5,"ask":63501.7,"ask_qty":1.44813783,"last":63501.6,"volume":997038.98383185,"vwap":63400.1,"low":63000.0,"high":64000.0,"change":-17.0,"change_pct":-0.17,"timestamp":"2026-07-07T23:00:05.562702Z"}]}',
  '{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[{"symbol":"ETH/USD","base":"ETH","quote":"USD","status":"online","qty_precision":8,"qty_increment":1E-8,"price_precision":2,"cost_precision":5,"marginable":true,"has_index":true,"cost_min":0.50,"tick_size":0.01,"price_increment":0.01,"qty_min":0.00010000}]}}',
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":63501.6,"qty":0.02922270},{"price":63501.6,"qty":0.00000000},{"price":63478.6,"qty":0.00016057}],"asks":[{"price":63498.1,"qty":0.03355821}],"checksum":3987746476,"timestamp":"2026-07-07T23:00:05.562702Z"}]}',
];
