import { crc32 } from 'node:zlib';
import { isoToMicros, micros, microsToIso } from '@kb/model';
import type { BookTop, LevelText } from './fault-target.ts';

/*
 * Changes to the text of a frame. Each gives `undefined` for a frame that it cannot be made to.
 */

/** A checksum that is one too high: of both protocols, of as many digits as any. */
export function withWrongChecksum(text: string): string | undefined {
  const [, head = '', digits, tail = ''] = /^(.*"(?:checksum":|c":"))(\d+)(.*)$/s.exec(text) ?? [];
  return digits === undefined ? undefined : `${head}${(Number(digits) + 1) % 2 ** 32}${tail}`;
}

/** The first price of an update twice: first with a size that does not last, then as it was. */
export function withPriceTwice(text: string): string | undefined {
  const v2 = /"(?:bids|asks)":\[\{"price":([\d.]+),"qty":([\d.]+)\}/.exec(text);
  if (v2 !== null) {
    const [level = '', price = '', qty = ''] = v2;
    const at = v2.index + level.indexOf('{');
    return `${text.slice(0, at)}{"price":${price},"qty":${otherSize(qty)}},${text.slice(at)}`;
  }
  const v1 = /"[ab]":\[\["([\d.]+)","([\d.]+)","([\d.]+)"/.exec(text);
  if (v1 === null) return undefined;
  const [level = '', price = '', qty = '', time = ''] = v1;
  const at = v1.index + level.indexOf('["');
  return `${text.slice(0, at)}["${price}","${otherSize(qty)}","${time}"],${text.slice(at)}`;
}

/** Nothing in the place of something, and the smallest quantity in the place of nothing. */
function otherSize(qty: string): string {
  const none = noneOf(qty);
  return /[1-9]/.test(qty) ? none : `${none.slice(0, -1)}1`;
}

function noneOf(qty: string): string {
  return qty.slice(qty.includes('.') ? qty.indexOf('.') - 1 : -1).replaceAll(/\d/g, '0');
}

/** Half of the frame: no JSON any more. */
export function cutInHalf(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

export function withNaN(text: string): string | undefined {
  const edited = text.replace(/("qty":)[\d.]+/, '$1NaN').replace(/(\[\["[\d.]+",)"[\d.]+"/, '$1NaN');
  return edited === text ? undefined : edited;
}

/** A byte in its first string that UTF-8 cannot have there. */
export function withBadUtf8(text: string): string {
  return text.replace('"', '"\xff');
}

export function withUnknownField(text: string): string | undefined {
  const edited = text.replace('"data":[{', '"data":[{"kb_surprise":{"deep":[1,"two",null]},');
  return edited === text ? undefined : edited;
}

/** A frame of that many bytes. */
export function hugeFrame(size: number): string {
  const [head, tail] = ['{"channel":"huge","type":"update","data":["', '"]}'];
  return `${head}${'x'.repeat(Math.max(0, size - head.length - tail.length))}${tail}`;
}

/** A frame of the same size as others, of a channel that does not exist. */
export function unknownFrame(protocol: 'v1' | 'v2'): string {
  return protocol === 'v2'
    ? '{"channel":"kb_surprise","type":"update","data":[{"symbol":"KB/USD","value":1.50}]}'
    : '{"event":"kbSurprise","pair":"KB/USD","value":"1.50"}';
}

/** Shifts timestamps by so many µs: of the venue's moment, not the times of candles. */
export function shiftFrame(text: string, by: number): string {
  if (text.startsWith('['))
    return text.replaceAll(/"(\d{10})\.(\d{6})"/g, (_all, s: string, us: string) => `"${shiftSeconds(s, us, by)}"`);
  let isFirst = true;
  return text.replaceAll(ISO_FIELD, (all, name: string, time: string) => {
    // A candle's own time is its end, which no clock moves; the frame's stands before it.
    const isCandle = !isFirst && text.startsWith('{"channel":"ohlc"');
    isFirst = false;
    return isCandle ? all : `"${name}":"${shiftIso(time, by)}"`;
  });
}

/** The same for what REST says about its own time: `Time` and `SystemStatus`. */
export function shiftRest(text: string, by: number): string {
  const seconds = Math.round(by / 1_000_000);
  return text
    .replaceAll(ISO_FIELD, (_all, name: string, time: string) => `"${name}":"${shiftIso(time, by)}"`)
    .replace(/"unixtime":(\d+)/, (_all, time: string) => `"unixtime":${Number(time) + seconds}`)
    .replace(/"rfc1123":"([^"]+)"/, (all, time: string) => {
      const at = Date.parse(time);
      return Number.isNaN(at) ? all : `"rfc1123":"${shortRfc1123(new Date(at + seconds * 1000))}"`;
    });
}

const ISO_FIELD = /"(timestamp|time_in|time_out)":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)"/g;

/** Keeps as many digits as there were. */
function shiftIso(time: string, by: number): string {
  const shifted = microsToIso(micros(isoToMicros(time) + by));
  const fraction = time.slice(19, -1);
  return `${shifted.slice(0, 19)}${`${shifted.slice(19, -1)}${fraction.slice(7)}`.slice(0, fraction.length)}Z`;
}

function shiftSeconds(seconds: string, fraction: string, by: number): string {
  const shifted = Number(seconds + fraction) + by;
  return `${Math.floor(shifted / 1_000_000)}.${String(shifted % 1_000_000).padStart(6, '0')}`;
}

/** `Sun, 21 Mar 21 14:23:14 +0000`, as Kraken's `Time` writes it. */
function shortRfc1123(time: Date): string {
  const [day = '', date = '', month = '', year = '', clock = ''] = time.toUTCString().split(' ');
  return `${day} ${date} ${month} ${year.slice(2)} ${clock} +0000`;
}

/**
 * Two updates of a book that go after one of its own: the best bid moves to an ask's price or beyond, and back. The number of levels stays,
 * so it fits subscriptions of any depth.
 * @param text An update of `book`, v2. @param top The book after it; when its checksum is not that of `text`, there is nothing to do.
 */
export function crossing(text: string, top: BookTop, how: 'crossed' | 'locked'): readonly [string, string] | undefined {
  const { bids, asks } = top;
  const [bid] = bids;
  const target = how === 'crossed' ? (asks[1] ?? asks[0]) : asks[0];
  const checksum = checksumOf(top);
  const [, symbol] = /"symbol":("[^"]+")/.exec(text) ?? [];
  const [, timestamp] = /"timestamp":("[^"]+")/.exec(text) ?? [];
  if (bid === undefined || target === undefined || symbol === undefined || timestamp === undefined) return undefined;
  if (!text.includes(`"checksum":${checksum},`)) return undefined;
  const moved = { price: target.price, qty: bid.qty };
  const frame = (from: LevelText, to: LevelText, sum: number): string =>
    `{"channel":"book","type":"update","data":[{"symbol":${symbol},"bids":[{"price":${from.price},"qty":${noneOf(from.qty)}},` +
    `{"price":${to.price},"qty":${to.qty}}],"asks":[],"checksum":${sum},"timestamp":${timestamp}}]}`;
  return [frame(bid, moved, checksumOf({ bids: [moved, ...bids.slice(1)], asks })), frame(moved, bid, checksum)];
}

function checksumOf({ bids, asks }: BookTop): number {
  return crc32(
    [...asks.slice(0, 10), ...bids.slice(0, 10)].map(({ price, qty }) => digits(price) + digits(qty)).join(''),
  );
}

function digits(decimal: string): string {
  return decimal.replace('.', '').replace(/^0+/, '');
}
