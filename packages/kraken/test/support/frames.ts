/** Frames made for tests: as the venue writes them, and the same content written otherwise. */
import { countToDecimal, micros, microsToIso } from '@kb/model';
import type { Grid } from '@kb/model';
import type { PlainBook } from './slow-model.ts';

export const BTC: Grid = { pricePrecision: 1, qtyPrecision: 8 };

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Writes a book frame exactly as Kraken does. */
export function venueBook(book: PlainBook, grid: Grid = BTC): string {
  const side = (levels: PlainBook['bids']): string =>
    levels
      .map(
        ([price, size]) =>
          `{"price":${countToDecimal(price, grid.pricePrecision)},"qty":${countToDecimal(size, grid.qtyPrecision)}}`,
      )
      .join(',');
  const time = book.venueTs === undefined ? '' : `,"timestamp":"${microsToIso(micros(book.venueTs))}"`;
  const checksum = book.checksum === undefined ? '' : `,"checksum":${book.checksum}`;
  return (
    `{"channel":"book","type":"${book.snapshot ? 'snapshot' : 'update'}","data":[{"symbol":"${book.symbol}",` +
    `"bids":[${side(book.bids)}],"asks":[${side(book.asks)}]${checksum}${time}}]}`
  );
}

/**
 * Writes the same frame with its fields in another order, white space anywhere, numbers in other forms, unknown fields
 * and escaped strings, as `draw` decides.
 */
export function otherwise(book: PlainBook, grid: Grid, draw: () => number): string {
  const white = (): string => [' ', '\n', '\t', '\r', '  '].filter(() => draw() < 0.15).join('');
  const shuffled = (members: readonly (readonly [string, string])[]): string => {
    const all = [...members];
    if (draw() < 0.3) all.push(unknownField(draw));
    const order = all.map((member) => [draw(), member] as const).toSorted(([a], [b]) => a - b);
    const fields = order.map(
      ([, [key, value]]) => `${white()}${text(key, draw)}${white()}:${white()}${value}${white()}`,
    );
    return `{${fields.join(',')}}`;
  };
  const list = (items: readonly string[]): string => `[${items.map((item) => white() + item + white()).join(',')}]`;
  const levels = (side: PlainBook['bids']): string =>
    list(
      side.map(([price, size]) =>
        shuffled([
          ['price', numberForm(price, grid.pricePrecision, draw)],
          ['qty', numberForm(size, grid.qtyPrecision, draw)],
        ]),
      ),
    );
  const data: [string, string][] = [
    ['symbol', text(book.symbol, draw)],
    ['bids', levels(book.bids)],
    ['asks', levels(book.asks)],
  ];
  if (book.checksum !== undefined) data.push(['checksum', String(book.checksum)]);
  if (book.venueTs !== undefined) data.push(['timestamp', text(microsToIso(micros(book.venueTs)), draw)]);
  return (
    white() +
    shuffled([
      ['channel', text('book', draw)],
      ['type', text(book.snapshot ? 'snapshot' : 'update', draw)],
      ['data', list([shuffled(data)])],
    ]) +
    white()
  );
}

/** The same value, with more zeros, fewer zeros or an exponent. */
function numberForm(count: number, precision: number, draw: () => number): string {
  const plain = countToDecimal(count, precision);
  const form = draw();
  if (form < 0.4) return plain;
  if (form < 0.55) return plain.includes('.') ? `${plain}000` : `${plain}.0`;
  if (form < 0.7) return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
  const power = Math.floor(draw() * 6);
  if (form < 0.85) return `${countToDecimal(count, precision + power)}${draw() < 0.5 ? 'e+' : 'E'}${power}`;
  return `${count}${draw() < 0.5 ? 'e' : 'E'}-${precision}`;
}

/** A JSON string, some of whose letters are written as escapes. */
function text(value: string, draw: () => number): string {
  if (draw() < 0.7) return JSON.stringify(value);
  const letters = value
    .split('')
    .map((letter) =>
      draw() < 0.3 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter === '/' ? '\\/' : letter,
    );
  return `"${letters.join('')}"`;
}

function unknownField(draw: () => number): [string, string] {
  const values = ['null', '[]', '{"a":[1,{"b":"]}"}]}', '"\\u00e9\\n\\"x"', '-1.5E+3', 'true', '"é€😀"', '{"price":1}'];
  return [`x_${Math.floor(draw() * 1e9)}`, values[Math.floor(draw() * values.length)]!];
}

/** A random book message; counts have up to 15 digits. */
export function randomBook(draw: () => number, symbol: string): PlainBook {
  const whole = (): number => Math.floor(10 ** (draw() * 15));
  const levels = (): [number, number][] =>
    Array.from({ length: Math.floor(draw() * 5) }, () => [whole(), draw() < 0.3 ? 0 : whole()]);
  return {
    symbol,
    snapshot: draw() < 0.3,
    bids: levels(),
    asks: levels(),
    checksum: draw() < 0.9 ? Math.floor(draw() * 2 ** 32) : undefined,
    venueTs: draw() < 0.9 ? Math.floor(1.6e15 + draw() * 3e14) : undefined,
  };
}
