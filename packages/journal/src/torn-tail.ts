import fs from 'node:fs';
import { attempt } from './errors.ts';
import type { TornTail } from './journal-reader.ts';

/** Cuts an unfinished last line, which is saved aside as `<segment>.torn`. */
export function cutAside(torn: TornTail): void {
  attempt('KB_JOURNAL_WRITE_FAILED', `Cannot cut ${torn.segment}`, () => {
    const tail = fs.readFileSync(torn.segment).subarray(torn.offset);
    if (tail.length > 0) fs.writeFileSync(`${torn.segment}.torn`, tail, { flush: true });
    fs.truncateSync(torn.segment, torn.offset);
  });
}
