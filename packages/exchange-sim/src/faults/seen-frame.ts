/** What a frame on its way to a client is, as far as faults have to know. */
export interface SeenFrame {
  readonly protocol: 'v1' | 'v2';
  /**
   * `ack`: a subscription was granted. `reply`: the answer to a trading request, good or bad. `other`: answers to everything else.
   */
  readonly role: 'data' | 'heartbeat' | 'status' | 'ack' | 'reply' | 'other';
  /** Of data and acknowledgements, without a depth or interval; otherwise empty. */
  readonly channel: string;
  /** v2 name of the first pair in it; empty when it is about none. */
  readonly symbol: string;
  readonly isSnapshot: boolean;
  /** Its bytes as latin-1 text, so that no byte is lost on the way back. */
  readonly text: string;
}

/** Channels of market data, v1's included. */
const MARKET_CHANNELS: ReadonlySet<string> = new Set(['book', 'level3', 'trade', 'ticker', 'ohlc', 'spread']);

/** Channels that carry data, of both protocols: what faults can be limited to. */
export const DATA_CHANNELS: ReadonlySet<string> = new Set([...MARKET_CHANNELS, 'instrument', 'executions', 'balances']);

export const TRADING_METHODS: ReadonlySet<string> = new Set([
  'add_order',
  'amend_order',
  'edit_order',
  'cancel_order',
  'cancel_all',
  'cancel_all_orders_after',
  'batch_add',
  'batch_cancel',
]);

export function isMarketData({ role, channel }: SeenFrame): boolean {
  return role === 'data' && MARKET_CHANNELS.has(channel);
}

/** Whether the frame names that pair, alone or among others. */
export function isAbout(seen: SeenFrame, symbol: string): boolean {
  return seen.symbol === symbol || seen.text.includes(`"symbol":${JSON.stringify(symbol)}`);
}

/** Looks at a frame. Anything that is not known is `other`. */
export function seeFrame(frame: string | Uint8Array): SeenFrame {
  const bytes = typeof frame === 'string' ? Buffer.from(frame, 'utf8') : bufferOf(frame);
  const text = bytes.toString('latin1');
  if (text.startsWith('[')) return v1Data(text);
  const [, channel, type] = V2_DATA.exec(text) ?? [];
  if (channel !== undefined) return v2Data(text, channel, type === 'snapshot');
  const [, event] = V1_EVENT.exec(text) ?? [];
  return event === undefined ? v2Reply(text) : v1Event(text, event);
}

const V2_DATA = /^\{"channel":"([a-z0-9_]+)"(?:,"type":"(snapshot|update)")?/;
const V2_METHOD = /"method":"([a-z_]+)"/;
const V1_EVENT = /"event":"([A-Za-z]+)"/;
const V1_DATA = /,"([A-Za-z0-9]+)(?:-\d+)?"(?:,"([^"]+)"|,\{"sequence":\d+\})\]$/;
const SYMBOL = /"symbol":"([^"]+)"/;

function v2Data(text: string, channel: string, isSnapshot: boolean): SeenFrame {
  const [, symbol = ''] = SYMBOL.exec(text) ?? [];
  const role = channel === 'heartbeat' || channel === 'status' ? channel : 'data';
  return { protocol: 'v2', role, channel, symbol, isSnapshot, text };
}

function v2Reply(text: string): SeenFrame {
  const [, method = ''] = V2_METHOD.exec(text) ?? [];
  const seen = { protocol: 'v2', channel: '', symbol: '', isSnapshot: false, text } as const;
  if (TRADING_METHODS.has(method)) return { ...seen, role: 'reply' };
  if (method !== 'subscribe' || !text.includes('"success":true')) return { ...seen, role: 'other' };
  const [, channel = ''] = /"channel":"([a-z0-9_]+)"/.exec(text) ?? [];
  const [, symbol = ''] = SYMBOL.exec(text) ?? [];
  return { ...seen, role: 'ack', channel, symbol };
}

function v1Data(text: string): SeenFrame {
  const [, channel = '', pair = ''] = V1_DATA.exec(text) ?? [];
  const isSnapshot = channel === 'book' && (text.includes('{"as":') || text.includes('"bs":'));
  return { protocol: 'v1', role: 'data', channel, symbol: v2Symbol(pair), isSnapshot, text };
}

function v1Event(text: string, event: string): SeenFrame {
  const seen = { protocol: 'v1', channel: '', symbol: '', isSnapshot: false, text } as const;
  if (event === 'heartbeat') return { ...seen, role: 'heartbeat' };
  if (event === 'systemStatus') return { ...seen, role: 'status', channel: 'status' };
  if (/^(add|amend|edit|cancel)\w*Status$/.test(event)) return { ...seen, role: 'reply' };
  if (event !== 'subscriptionStatus' || !text.includes('"status":"subscribed"')) return { ...seen, role: 'other' };
  const [, channel = ''] = /"channelName":"([A-Za-z0-9]+)/.exec(text) ?? [];
  const [, pair = ''] = /"pair":"([^"]+)"/.exec(text) ?? [];
  return { ...seen, role: 'ack', channel, symbol: v2Symbol(pair) };
}

/** `XBT/USD` is called BTC/USD in v2, `XDG/USD` DOGE/USD. */
export function v2Symbol(pair: string): string {
  return pair
    .split('/')
    .map((asset) => (asset === 'XBT' ? 'BTC' : asset === 'XDG' ? 'DOGE' : asset))
    .join('/');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
