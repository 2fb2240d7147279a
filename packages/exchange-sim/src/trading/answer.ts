/** An answer: what was asked for, or the text it is refused with. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value; readonly warnings?: readonly string[] }
  | { readonly ok: false; readonly error: string };

export function accept<Value>(value: Value): Answer<Value> {
  return { ok: true, value };
}

export function refuse(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}
