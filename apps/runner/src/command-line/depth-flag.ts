import { BOOK_DEPTHS } from '../options.ts';
import type { FlagReader } from './raw-options.ts';

export function readDepth(reader: FlagReader): number | undefined {
  const depth = reader.oneOf('depth', BOOK_DEPTHS.map(String));
  return depth === undefined ? undefined : Number(depth);
}
