/**
 * An id in the form of Kraken's, counted up: `OAAAAA-AAAAA-AAAAAB`.
 * @param letter `O` for orders, `T` for trades and amends.
 */
export function venueId(letter: 'O' | 'T', count: number): string {
  let digits = '';
  for (let rest = count; digits.length < DIGITS; rest = Math.floor(rest / ALPHABET.length)) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
  }
  return `${letter}${digits.slice(0, 5)}-${digits.slice(5, 10)}-${digits.slice(10)}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const DIGITS = 16;
