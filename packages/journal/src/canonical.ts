import { JournalError } from './errors.ts';

/**
 * A record as canonical JSON: its keys in the order they have, no white space, numbers as ECMAScript writes them (the
 * same on every machine), `undefined` fields left out.
 *
 * @param reserved Keys that the journal itself writes.
 * @throws JournalError `KB_JOURNAL_BAD_RECORD` for what JSON cannot hold (bigint, cycles), would change (`NaN`, holes) or drop
 *   without a word: functions, symbols, and whatever is neither a plain object nor an array and has no `toJSON`.
 */
export function canonicalText(record: object, reserved: readonly string[]): string {
  for (const key of reserved) {
    if (key in record) throw bad(`the key ${key} belongs to the journal`);
  }
  try {
    const text: string | undefined = JSON.stringify(record); // first: it finds cycles
    const loss = lossIn(record);
    if (loss !== undefined) throw bad(`the record${loss}`);
    if (text?.startsWith('{') === true) return text;
  } catch (cause) {
    if (cause instanceof JournalError) throw cause;
    throw bad(cause instanceof Error ? cause.message : String(cause), cause);
  }
  throw bad('it is not an object');
}

/**
 * What JSON would lose of a value: where, and what it is (`.a[1] is NaN`); `undefined` when nothing. Goes over each record, so
 * it makes nothing on its way down.
 */
function lossIn(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint': // refused already, unless it can write itself
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : ` is ${value}`;
    case 'object':
      return value === null ? undefined : lossInObject(value);
    case 'undefined':
    case 'function':
    case 'symbol':
    default:
      return ` is ${typeof value}`;
  }
}

function lossInObject(value: object): string | undefined {
  if (Array.isArray(value)) return lossInArray(value as readonly unknown[]);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && !isPlain(prototype)) {
    if (writesItself(value)) return lossInWritten(value);
    return ` is ${Object.prototype.toString.call(value)}`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key in fields) {
    const field = fields[key];
    if (typeof field === 'string' || field === undefined || Number.isSafeInteger(field)) continue;
    if (key === 'toJSON' && writesItself(value)) return lossInWritten(value);
    const loss = lossIn(field);
    if (loss !== undefined) return `.${key}${loss}`;
  }
  return undefined;
}

function writesItself(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function lossInWritten(value: { toJSON(): unknown }): string | undefined {
  const written = value.toJSON();
  return written === null ? ' writes itself as null' : lossIn(written);
}

function lossInArray(items: readonly unknown[]): string | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (typeof item === 'string' || Number.isSafeInteger(item)) continue;
    const loss = lossIn(item);
    if (loss !== undefined) return `[${index}]${loss}`;
  }
  return undefined;
}

/** Without a prototype, or with the one of another realm's objects. */
function isPlain(prototype: unknown): boolean {
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function bad(why: string, cause?: unknown): JournalError {
  return new JournalError('KB_JOURNAL_BAD_RECORD', `Expected a JSON object for the journal: ${why}`, {
    cause,
    hint: 'Write money and integers beyond 2^53 as text',
  });
}
