export { bookChanges, snapshotOf } from './book-changes.ts';
export type { PlainBookChanges, PlainLevel } from './book-changes.ts';
export { checksumOf } from './checksum.ts';
export { BOOK_ERROR_CODES, BookError } from './errors.ts';
export type { BookErrorCode } from './errors.ts';
export { L2Book } from './l2-book.ts';
export { costToFill, depthWithinBps, imbalance, isCrossed, microprice, mid, spread } from './measures.ts';
export type { CostToFill } from './measures.ts';
export { TreeBook } from './tree-book.ts';
