import { JournalError } from './errors.ts';

/**
 * A record as canonical JSON: its keys in the order they have, no white space, numbers as ECMAScript writes them (the
 * same on every machine), `undefined` fields left out.
 *
 * @param reserved Keys that the journal itself writes.
 * @throws JournalError `KB_JOURNAL_BAD_RECORD` for what JSON cannot hold (`NaN`, bigint, cycles) or would change.
 */
export function canonicalText(record: object, reserved: readonly string[]): string {
  for (const key of reserved) {
    if (key in record) throw bad(`the key ${key} belongs to the journal`);
  }
  const text = stringified(record);
  if (text === undefined || !text.startsWith('{')) throw bad('it is not an object');
  // JSON.stringify writes NaN, infinities and holes as null, without a word.
  if (text.includes('null')) refuseLostValues(record, '');
  return text;
}

function stringified(record: object): string | undefined {
  try {
    return JSON.stringify(record);
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function refuseLostValues(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw bad(`${path} is ${value}`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      if (item === undefined || typeof item === 'function') throw bad(`${path}[${index}] is ${typeof item}`);
      refuseLostValues(item, `${path}[${index}]`);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) refuseLostValues(field, path === '' ? key : `${path}.${key}`);
  }
}

function bad(why: string, cause?: unknown): JournalError {
  return new JournalError('KB_JOURNAL_BAD_RECORD', `Expected a JSON object for the journal: ${why}`, {
    cause,
    hint: 'Write money and integers beyond 2^53 as text',
  });
}
