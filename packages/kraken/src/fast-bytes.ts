/** The bytes of an ASCII text to compare frames with. */
export function template(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Whether these bytes stand at an offset. */
export function matches(frame: Uint8Array, at: number, wanted: Uint8Array): boolean {
  const length = wanted.length;
  if (at + length > frame.length) return false;
  for (let index = 0; index < length; index += 1) if (frame[at + index] !== wanted[index]) return false;
  return true;
}

/** 10^0 to 10^15, all exact. */
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, power) => 10 ** power);
