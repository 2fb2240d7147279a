import { RestError } from '../../src/index.ts';
import type { Played } from './rest-desk.ts';

export const TIME = '{"error":[],"result":{"unixtime":1795000000,"rfc1123":"Mon, 18 Nov 26 00:00:00 +0000"}}';
export const BUSY = '{"error":["EService:Busy"]}';
export const LIMITED = '{"error":["EGeneral:Too many requests"]}';
export const UNKNOWN_PAIR = '{"error":["EQuery:Unknown asset pair"]}';
export const HTML: Played = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' };

const row = (altname: string, wsname: string): string =>
  `{"altname":"${altname}","wsname":"${wsname}","aclass_base":"currency","base":"X","aclass_quote":"currency","quote":"Z","pair_decimals":1,"lot_decimals":8,"lot_multiplier":1}`;
export const PAIRS: string = `{"error":[],"result":{"XXBTZUSD":${row('XBTUSD', 'XBT/USD')},"XETHZUSD":${row('ETHUSD', 'ETH/USD')},"SOLUSD":${row('SOLUSD', 'SOL/USD')}}}`;

export const DEPTH = '{"error":[],"result":{"XXBTZUSD":{"asks":[["2.0","1.000",1795000000]],"bids":[]}}}';

export const ticker = (bid: string): string =>
  `{"a":["9.0","1","1.000"],"b":["${bid}","1","1.000"],"c":["9.0","1"],"v":["1","1"],"p":["9","9"],"t":[1,1],"l":["9","9"],"h":["9","9"],"o":"9"}`;
const IDS: Readonly<Record<string, string>> = { XBTUSD: 'XXBTZUSD', ETHUSD: 'XETHZUSD' };

/** Plays a venue with three pairs that keys all by id. */
export function venue(path: string, count: number): Played {
  const [method = '', query = ''] = path.split('?');
  if (method === 'AssetPairs') return PAIRS;
  const asked = new URLSearchParams(query).get('pair')?.split(',') ?? ['XXBTZUSD', 'XETHZUSD', 'SOLUSD'];
  const keys = asked.map((name) => IDS[name] ?? name);
  if (method === 'Ticker') {
    return `{"error":[],"result":{${keys.map((key) => `"${key}":${ticker(`${count}.0`)}`).join(',')}}}`;
  }
  return method === 'Depth' ? DEPTH.replace('XXBTZUSD', keys[0]!) : UNKNOWN_PAIR;
}

export async function failureOf(call: Promise<unknown>): Promise<RestError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RestError)) throw new Error('Expected a RestError', { cause: error });
  return error;
}
