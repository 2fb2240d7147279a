/** Fields that may not have been sent, as optional ones. */
type Sent<Fields> = { -readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Leaves out the fields that are `undefined`: absent means not sent. */
export function sent<Fields extends object>(fields: Fields): Sent<Fields> {
  const result: Sent<Fields> = {};
  for (const name in fields) {
    const value = fields[name];
    if (isSent(value)) result[name] = value;
  }
  return result;
}

function isSent<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined;
}
