import { INSTRUMENT_STATUSES } from '@kb/model';
import {
  bytesPerSecond,
  code,
  precisions,
  serverErrorStatus,
  share,
  shift,
  size,
  textOr,
  time,
  word,
} from './fault-values.ts';
import type { ValueRule } from './fault-values.ts';

export type FaultKind =
  | 'reset'
  | 'halfopen'
  | 'drip'
  | 'stall'
  | 'delay'
  | 'handshake'
  | 'flap'
  | 'close'
  | 'drop'
  | 'dup'
  | 'reorder'
  | 'crc'
  | 'cross'
  | 'dupprice'
  | 'latesnapshot'
  | 'unknown'
  | 'garbage'
  | 'huge'
  | 'skew'
  | 'quiet'
  | 'refuse'
  | 'nodata'
  | 'ack'
  | 'orderack'
  | 'orderlost'
  | 'ratelimit'
  | 'nonce'
  | 'token'
  | 'revoke'
  | 'service'
  | 'html'
  | 'timeout'
  | 'restcut'
  | 'status'
  | 'statuslost'
  | 'precision'
  | 'delist'
  | 'thin'
  | 'onesided';

/** What a kind of fault does, for programs and for people. */
export interface FaultRule {
  /**
   * `strike`: hits single things (a frame, a request, a handshake), one unless told otherwise. `moment`: happens once to everybody.
   * `state`: holds for a time.
   */
  readonly mode: 'strike' | 'moment' | 'state';
  /** What `kind=` may say; kinds without it take no value. */
  readonly value?: ValueRule;
  /** Whether it can be, or must be, limited to one pair. */
  readonly pair?: 'may' | 'must';
  /** It can be limited to a channel (`executions`); otherwise it strikes market data. */
  readonly channel?: true;
  /** It changes the exchange itself, so there must be one behind the sockets: a recording has none. */
  readonly exchange?: true;
  readonly does: string;
  /** What a client sees of it. */
  readonly sees: string;
}

const MARKET_DATA = 'updates of market data (or of `channel=`)';

/** All kinds of faults: the table that help and documentation are made of. */
export const FAULT_KINDS: Readonly<Record<FaultKind, FaultRule>> = {
  reset: {
    mode: 'moment',
    does: 'sends half of the next frame to every client, then resets the TCP connection',
    sees: 'a frame that never ends, ECONNRESET, close 1006; in process no half frame, only 1006',
  },
  halfopen: {
    mode: 'moment',
    value: time('60s'),
    does: 'sends and reads nothing more on the connections that are open; the server drops them after the time given',
    sees: 'silence: no data, no heartbeat, no pong, no answer to a goodbye',
  },
  drip: {
    mode: 'state',
    value: bytesPerSecond('1'),
    does: 'lets so many bytes per second through to every client',
    sees: 'frames that take minutes to end; in process whole frames that late',
  },
  stall: {
    mode: 'state',
    does: 'holds all frames back and sends them in one burst when it ends',
    sees: 'silence, then old frames in order and all at once',
  },
  delay: {
    mode: 'state',
    value: time('500ms'),
    does: 'sends every frame so much later, in order',
    sees: 'late data, late answers, timestamps of the past',
  },
  handshake: {
    mode: 'strike',
    value: word(['403', '429', '502', '503', 'tls'], '503', { '429': '5s', '503': '5s' }),
    does: 'refuses a WebSocket handshake with that status (a time becomes Retry-After); `tls` cuts a TCP connection before any byte',
    sees: 'the HTTP status, or a connection cut in its TLS handshake; in process 1006 before it was open',
  },
  flap: {
    mode: 'state',
    value: time('1s'),
    does: 'resets every connection so long after it was made',
    sees: 'connections that open, begin to deliver and drop',
  },
  close: {
    mode: 'moment',
    value: code([1000, 1001, 1008, 1011, 1012, 1013], '1012'),
    does: 'closes every connection with that code',
    sees: 'the close code and its reason',
  },
  drop: {
    mode: 'strike',
    value: share(),
    pair: 'may',
    channel: true,
    does: `loses ${MARKET_DATA}`,
    sees: 'a gap: the next checksum of that book is wrong',
  },
  dup: {
    mode: 'strike',
    value: share(),
    pair: 'may',
    channel: true,
    does: `sends ${MARKET_DATA} twice`,
    sees: 'the same frame twice in a row',
  },
  reorder: {
    mode: 'strike',
    value: share(),
    pair: 'may',
    channel: true,
    does: `sends ${MARKET_DATA} after the next one of the same channel and pair, or a second later`,
    sees: 'an older frame behind a newer one',
  },
  crc: {
    mode: 'strike',
    value: share(),
    pair: 'may',
    does: 'writes a wrong checksum into frames of book and level3, snapshots included; for=ever: the venue itself is wrong',
    sees: 'a right book with a checksum that does not fit',
  },
  cross: {
    mode: 'strike',
    value: word(['crossed', 'locked'], 'crossed'),
    pair: 'may',
    exchange: true,
    does: 'sends two more updates behind one of a book: the best bid moves to or beyond the best ask, and back; checksums are right',
    sees: 'a crossed book for one message (v2 only)',
  },
  dupprice: {
    mode: 'strike',
    value: share(),
    pair: 'may',
    does: 'writes a price twice into an update of a book; what stands last counts',
    sees: 'two sizes for one price in a message, with a right checksum',
  },
  latesnapshot: {
    mode: 'strike',
    value: time('500ms'),
    pair: 'may',
    does: 'sends a snapshot so much later',
    sees: 'updates before their snapshot',
  },
  unknown: {
    mode: 'strike',
    value: word(['channel', 'field'], 'channel'),
    does: 'sends a frame of a channel that nobody knows, or adds a field to a frame (v2 only)',
    sees: 'an unknown channel or field, to be ignored',
  },
  garbage: {
    mode: 'strike',
    value: word(['json', 'number', 'utf8'], 'json'),
    does: 'damages a frame of market data: cut in the middle, NaN for a quantity, bytes that are no UTF-8',
    sees: 'a frame that cannot be read; libraries close invalid UTF-8 with 1007',
  },
  huge: {
    mode: 'strike',
    value: size('64MiB', 128 * 2 ** 20),
    does: 'sends a text frame of that size',
    sees: 'one frame of that size; a client with a limit closes with 1009',
  },
  skew: {
    mode: 'state',
    value: shift('5s'),
    does: 'shifts the timestamps of frames, and the clock that REST tells',
    sees: 'a venue whose clock is wrong',
  },
  quiet: {
    mode: 'state',
    pair: 'may',
    exchange: true,
    does: 'stops the markets',
    sees: 'heartbeats only, and a price that stands still',
  },
  refuse: {
    mode: 'strike',
    value: textOr([], 'EService:Unavailable'),
    pair: 'may',
    does: 'refuses a subscription with that text',
    sees: '`success:false`, one answer per pair',
  },
  nodata: {
    mode: 'strike',
    pair: 'may',
    does: 'acknowledges a subscription and sends nothing for it until the client asks anew',
    sees: 'an acknowledgement, then neither snapshot nor updates',
  },
  ack: {
    mode: 'strike',
    value: word(['lost', 'late', 'double'], 'lost', { late: '2s' }),
    pair: 'may',
    does: 'loses, delays or doubles the acknowledgement of a subscription',
    sees: 'data without or before its acknowledgement, or two of them',
  },
  orderack: {
    mode: 'strike',
    value: word(['lost', 'late', 'double', 'afterfill'], 'lost', { late: '2s', afterfill: '5s' }),
    does: 'loses, delays or doubles the answer to a trading request, which was carried out; `afterfill`: until its socket was told a fill',
    sees: 'no answer though the order stands, or a fill before its answer',
  },
  orderlost: {
    mode: 'strike',
    does: 'loses a trading request on its way in',
    sees: 'no answer, and no order',
  },
  ratelimit: {
    mode: 'strike',
    value: word(['order', 'rest', 'public', 'messages'], 'order'),
    does: 'refuses a request: `order` EOrder:Rate limit exceeded, `rest` EAPI:Rate limit exceeded, `public` EGeneral:Too many requests, `messages` Exceeded msg rate',
    sees: 'that text; nothing was carried out',
  },
  nonce: {
    mode: 'strike',
    does: 'refuses a private REST request',
    sees: 'EAPI:Invalid nonce; nothing was carried out',
  },
  token: {
    mode: 'strike',
    value: word(['invalid', 'expired'], 'invalid'),
    does: 'refuses a WebSocket request that carries a token',
    sees: '`EAPI:Invalid token` or `ESession:Invalid session`; the socket stays open',
  },
  revoke: {
    mode: 'moment',
    exchange: true,
    does: 'revokes all WebSocket tokens',
    sees: 'token errors until a new token is fetched',
  },
  service: {
    mode: 'strike',
    value: textOr(['unavailable', 'busy'], 'unavailable'),
    does: 'refuses a REST or trading request with EService:Unavailable, EService:Busy or a text of your own',
    sees: 'that text; nothing was carried out',
  },
  html: {
    mode: 'strike',
    value: serverErrorStatus('502'),
    does: 'answers a REST request with an HTML page of that status, as the proxy before Kraken does',
    sees: 'HTML where JSON was expected; nothing was carried out',
  },
  timeout: {
    mode: 'strike',
    value: time('30s'),
    does: 'carries a REST request out and answers so much later',
    sees: 'a time-out, though the order may stand',
  },
  restcut: {
    mode: 'strike',
    does: 'carries a REST request out and cuts the connection',
    sees: 'a connection that ends without an answer, though the order may stand',
  },
  status: {
    mode: 'state',
    value: word(INSTRUMENT_STATUSES, 'cancel_only'),
    pair: 'may',
    exchange: true,
    does: 'sets the status of the system, or of a pair, and `online` when it ends',
    sees: 'frames of `status` or `instrument`, and orders refused',
  },
  statuslost: {
    mode: 'strike',
    does: 'loses a frame of the `status` channel',
    sees: 'no `status` frame: at connecting, or when the status changes',
  },
  precision: {
    mode: 'moment',
    value: precisions(),
    pair: 'must',
    exchange: true,
    does: 'gives a pair other decimals, for good',
    sees: 'an `instrument` update, cancelled orders, fresh snapshots with other digits',
  },
  delist: {
    mode: 'moment',
    pair: 'must',
    exchange: true,
    does: 'delists a pair, for good',
    sees: 'an `instrument` update with `delisted`, and no more market',
  },
  thin: {
    mode: 'state',
    pair: 'may',
    exchange: true,
    does: 'pulls the orders of the market itself from all but the best price of each side',
    sees: 'a book of hardly a level a side',
  },
  onesided: {
    mode: 'state',
    value: word(['bid', 'ask'], 'bid'),
    pair: 'may',
    exchange: true,
    does: 'pulls the orders of the market itself from the other side',
    sees: 'a book with only bids, or only asks',
  },
};

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}
