// oxlint-disable typescript/no-non-null-assertion -- hot path: the sizes of the tables prove every index

/**
 * CRC32 of decimal digits, straight from the numbers, in pieces that can be put together later.
 *
 * CRC is linear over XOR. A digit's byte is 0x30 XOR its value, so the CRC of a text of `n` digits is that of `n` zeros,
 * XOR a part that only the values make. That part is what this file calls `bits`: zeros in front add nothing to it,
 * digits that follow shift it (`shiftBits`), and parts that stand in different places just XOR together. So a number's
 * bits are a few look-ups, and a level's bits stay true wherever the level stands in the text.
 *
 * The polynomial is that of zlib (IEEE 802.3, reflected).
 */

/** Most digits that a count up to 2^53 − 1 has. */
const MAX_DIGITS = 16;
/** Most digits that the ten best levels of a side have. */
const MAX_SIDE_DIGITS = 10 * 2 * MAX_DIGITS;

/** The state of the CRC after one more zero byte, by its low byte. */
const ZERO_BYTE: Int32Array = zeroByteTable();

/** Bits moved on by one digit that adds nothing. */
function shiftOne(bits: number): number {
  return (bits >>> 8) ^ ZERO_BYTE[bits & 0xff]!;
}

function zeroByteTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let bits = byte;
    for (let bit = 0; bit < 8; bit += 1) bits = (bits & 1) === 1 ? (bits >>> 1) ^ 0xedb88320 : bits >>> 1;
    return bits;
  });
}

/**
 * Shifts by 0 to 64 digits, then by 64 to 320 in steps of 64: for each, four tables of 256, one for each byte of the bits.
 * The shift by `64 × n` digits is the `64 + n`-th.
 */
const SHIFTS: Int32Array = shiftTables();

function shiftTables(): Int32Array {
  const tables = new Int32Array((64 + MAX_SIDE_DIGITS / 64 + 1) * 1024);
  let shifted = Int32Array.from({ length: 32 }, (_, bit) => 1 << bit);
  for (let digits = 0; digits <= MAX_SIDE_DIGITS; digits += 1) {
    if (digits <= 64) fillShift(tables, digits << 10, shifted);
    if (digits > 0 && digits % 64 === 0) fillShift(tables, (64 + digits / 64) << 10, shifted);
    shifted = shifted.map(shiftOne);
  }
  return tables;
}

/** Fills four tables of 256 from what becomes of each single bit. */
function fillShift(tables: Int32Array, from: number, shifted: Int32Array): void {
  for (let byte = 0; byte < 4; byte += 1) {
    const table = from + byte * 256;
    for (let value = 1; value < 256; value += 1) {
      const highest = 31 - Math.clz32(value);
      tables[table + value] = tables[table + (value ^ (1 << highest))]! ^ shifted[byte * 8 + highest]!;
    }
  }
}

/** Moves bits on by 0 to 64 digits that follow them: two levels. */
export function shiftBits(bits: number, digits: number): number {
  return lookUp(bits, digits << 10);
}

/** Moves bits on by 0 to 320 digits that follow them: a whole side. */
export function shiftBitsFar(bits: number, digits: number): number {
  const near = lookUp(bits, (digits & 63) << 10);
  return digits < 64 ? near : lookUp(near, (64 + (digits >>> 6)) << 10);
}

/** Moves bits, or the CRC32 of a text, on by any number of digits that follow them. */
export function shiftBitsBy(bits: number, digits: number): number {
  let shifted = bits;
  let left = digits;
  for (; left > MAX_SIDE_DIGITS; left -= MAX_SIDE_DIGITS) shifted = shiftBitsFar(shifted, MAX_SIDE_DIGITS);
  return left <= 64 ? shiftBits(shifted, left) : shiftBitsFar(shifted, left);
}

function lookUp(bits: number, table: number): number {
  return (
    SHIFTS[table + (bits & 0xff)]! ^
    SHIFTS[table + 256 + ((bits >>> 8) & 0xff)]! ^
    SHIFTS[table + 512 + ((bits >>> 16) & 0xff)]! ^
    SHIFTS[table + 768 + (bits >>> 24)]!
  );
}

/** Bits of a group of three digits, by how many groups follow it. */
const GROUPS: Int32Array = groupTables();

function groupTables(): Int32Array {
  const tables = new Int32Array(6 * 1000);
  for (let group = 0; group < 1000; group += 1) {
    let bits = 0;
    for (const digit of [Math.trunc(group / 100), Math.trunc(group / 10) % 10, group % 10]) {
      bits = shiftOne(bits ^ digit);
    }
    for (let following = 0; following < 6; following += 1) {
      tables[following * 1000 + group] = bits;
      bits = shiftOne(shiftOne(shiftOne(bits)));
    }
  }
  return tables;
}

/** The bits of a count's decimal digits. @param count Whole, 0 to 2^53 − 1. */
export function bitsOf(count: number): number {
  if (count < 1_000_000_000) return lowBits(count | 0, 0);
  const high = Math.floor(count / 1_000_000_000);
  return lowBits(high | 0, 3000) ^ lowBits((count - high * 1_000_000_000) | 0, 0);
}

/** Bits of up to nine digits; `table` is where the table of their last group starts. */
function lowBits(count: number, table: number): number {
  const thousands = (count / 1000) | 0;
  const millions = (count / 1_000_000) | 0;
  return (
    GROUPS[table + count - thousands * 1000]! ^
    GROUPS[table + 1000 + thousands - millions * 1000]! ^
    GROUPS[table + 2000 + millions]!
  );
}

/** How many decimal digits a count has; 1 for zero. @param count Whole, 0 to 2^53 − 1. */
export function digitsOf(count: number): number {
  return count < 1e9 ? digitsOfInt(count | 0) : 9 + digitsOfInt(Math.floor(count / 1e9) | 0);
}

/** Without a branch: 1233 / 4096 is the logarithm of 2 to base 10, near enough to be at most one too low. */
function digitsOfInt(count: number): number {
  const digits = ((32 - Math.clz32(count)) * 1233) >>> 12;
  return digits + 1 - ((count - POWERS[digits]!) >>> 31);
}

/** The least count with one digit more than the index; zero has one digit like the others below ten. */
const POWERS: Int32Array = Int32Array.from({ length: 10 }, (_, digits) => (digits === 0 ? 0 : 10 ** digits));

/** CRC32 of texts of nothing but zeros, by their length, up to twenty levels. */
const ZEROS: Int32Array = zerosTable(2 * MAX_SIDE_DIGITS);

function zerosTable(longest: number): Int32Array {
  const crcs = new Int32Array(longest + 1);
  let bits = -1;
  for (let length = 0; length <= longest; length += 1) {
    crcs[length] = ~bits;
    bits = shiftOne(bits ^ 0x30);
  }
  return crcs;
}

/** The CRC32 of a text of up to 640 digits, from its bits. @returns Unsigned 32-bit. */
export function crcOfBits(bits: number, digits: number): number {
  return (bits ^ ZEROS[digits]!) >>> 0;
}
