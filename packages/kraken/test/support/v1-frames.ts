/** One frame of each kind that WebSocket v1 has, as the venue writes them. */
import { KrakenV1Decoder } from '../../src/v1/v1-decoder.ts';
import type { KrakenMessage } from '../../src/messages.ts';
import { bytes } from './frames.ts';

export const SNAPSHOT =
  '[336,{"as":[["27120.00000","4.28732553","1693415327.935623"],["27121.00000","1.00000000","1693415328.100000"]],"bs":[["27119.90000","13.54067548","1693415328.088361"]]},"book-10","XBT/USD"]';
export const UPDATE =
  '[336,{"b":[["27119.90000","13.54109952","1693415330.621700"]],"c":"3572756970"},"book-10","XBT/USD"]';
export const REPUBLISHED =
  '[336,{"b":[["27117.40000","0.00000000","1693415330.886651"],["27116.80000","0.14741986","1693415325.036931","r"]],"c":"3139033408"},"book-10","XBT/USD"]';
export const BOTH_SIDES =
  '[336,{"a":[["27130.20000","0.01237956","1693415479.752899"],["27130.20000","0.00000000","1693415479.753121"]]},{"b":[["27136.00000","4.25513312","1693415479.752884"]],"c":"2366297588"},"book-10","XBT/USD"]';
export const TRADES =
  '[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],["6060.00000","0.02455000","1534614057.324998","b","m",""]],"trade","XBT/USD"]';
export const TICKER =
  '[0,{"a":["5525.40000",1,"1.000"],"b":["5525.10000",2,"2.500"],"c":["5525.10000","0.00398963"],"v":["2634.11501494","3591.17907851"],"p":["5631.44067","5653.78939"],"t":[11493,16267],"l":["5505.00000","5500.00000"],"h":["5783.00000","5790.00000"],"o":["5760.70000","5763.40000"]},"ticker","XBT/USD"]';
export const SPREAD =
  '[325,["43770.20000","43770.30000","1633053779.916349","0.00917717","0.31670440"],"spread","XBT/USD"]';
export const CANDLE =
  '[42,["1542057314.748456","1542057600.000000","3586.70000","3586.70000","3586.60000","3586.60000","3586.68894","0.03373000",2],"ohlc-5","XBT/USD"]';
export const STATUS =
  '{"connectionID":13688620010177543517,"event":"systemStatus","status":"online","version":"1.9.1"}';
export const SUBSCRIBED =
  '{"channelID":336,"channelName":"book-10","event":"subscriptionStatus","pair":"XBT/USD","reqid":7,"status":"subscribed","subscription":{"depth":10,"name":"book"}}';
export const OWN_TRADES =
  '[[{"TDLH43-DVQXD-2KHVYY":{"cost":"1000.00000","pair":"XBT/EUR","price":"100.0","vol":"10.0"}}],"ownTrades",{"sequence":2948}]';

export const ALL: readonly string[] = [
  SNAPSHOT,
  UPDATE,
  REPUBLISHED,
  BOTH_SIDES,
  TRADES,
  TICKER,
  SPREAD,
  CANDLE,
  STATUS,
  SUBSCRIBED,
  OWN_TRADES,
  '{"event":"heartbeat"}',
  '{"event":"pong","reqid":42}',
  '{"errorMessage":"Malformed request","event":"error"}',
];

/** Reads frames one after the other. @returns What the last one said. */
export function decodeAll(frames: readonly string[], decoder: KrakenV1Decoder = new KrakenV1Decoder()): KrakenMessage {
  const messages = frames.map((frame) => decoder.decode(bytes(frame)));
  return messages.at(-1)!;
}
