import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Recorded market data lies beside the repository and is never copied into it. */
const ROOT = new URL('../../../../../shared/data/', import.meta.url);

export const CAPTURES: string = fileURLToPath(new URL('kraken-v2/', ROOT));
export const hasCaptures: boolean = existsSync(CAPTURES);
/** Ends the names of tests that need the recordings. */
export const NEEDS_CAPTURES = '(skipped when ../shared/data is absent)';

/** The v2 book captures, with how many frames of each kind they hold (data/README.md). */
export const BOOK_CAPTURES = [
  { file: 'book_d25_BTC-USD_2026-08-02.ndjson.gz', books: 2052, grid: { pricePrecision: 1, qtyPrecision: 8 } },
  {
    file: 'book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz',
    books: 301,
    grid: { pricePrecision: 1, qtyPrecision: 8 },
  },
  { file: 'book_d25_XRP-USD_2026-08-02.ndjson.gz', books: 1147, grid: { pricePrecision: 5, qtyPrecision: 8 } },
  {
    file: 'book_d10_BTC-USD_2023-07-30_reserialised.json.gz',
    books: 510,
    grid: { pricePrecision: 1, qtyPrecision: 8 },
  },
] as const;
