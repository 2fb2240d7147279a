import type { Place } from './place.ts';
import { RestAnswerError } from './rest-errors.ts';

/** Hears of a row of a listing that could not be read, and was left out. */
export type OnSkipped = (error: RestAnswerError) => void;

/**
 * Reads the rows of a listing. With `onSkipped`, one that cannot be read does not cost the others, unless none can.
 * @throws RestAnswerError
 */
export function readRows<Row>(
  result: Place,
  read: (key: string, place: Place) => Row,
  onSkipped: OnSkipped | undefined,
): readonly Row[] {
  const rows: Row[] = [];
  const errors: RestAnswerError[] = [];
  for (const [key, place] of result.members()) {
    try {
      rows.push(read(key, place));
    } catch (error) {
      if (onSkipped === undefined || !(error instanceof RestAnswerError)) throw error;
      errors.push(error);
    }
  }
  const [first] = errors;
  if (first !== undefined && rows.length === 0) throw first;
  for (const error of errors) onSkipped?.(error);
  return rows;
}
