// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index

/** Takes an entry out. A plain loop: `splice` makes an array, and `copyWithin` is slow on short ones. */
export function removeAt(list: number[], index: number): void {
  const last = list.length - 1;
  for (let at = index; at < last; at += 1) list[at] = list[at + 1]!;
  list.pop();
}

/** Empties a list. To set its length takes a call of V8's runtime and throws away what the list has grown to. */
export function empty(list: number[]): void {
  while (list.length > 0) list.pop();
}
