/** Seeded damage to frames. */

const TOKENS = [
  '-',
  '-0',
  'NaN',
  'Infinity',
  '1E-8',
  '1e400',
  '9007199254740993',
  '123456789012345678901234567890',
  '"0.1"',
  'null',
  'true',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\uFEFF',
  ' ',
  '\n',
  '.',
  '0',
  '00',
  '1',
  'e',
  '"__proto__":{"symbol":"X"},',
  '"constructor":1,',
  '"symbol":"BTC/USD",',
  '"price":1,',
  '"qty":1,',
  '{"price":1.0,"qty":0.00000001},',
  ']}',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
].map((token) => Buffer.from(token, 'utf8'));

/** One to three random changes to a frame: bytes changed, cut, doubled, moved, tokens put in, the end cut off. */
export function mutate(frame: Uint8Array, draw: () => number): Uint8Array {
  let mutant = Buffer.from(frame);
  const changes = draw() < 0.6 ? 1 : 1 + Math.floor(draw() * 3);
  for (let change = 0; change < changes; change += 1) mutant = mutateOnce(mutant, draw);
  return mutant;
}

function mutateOnce(frame: Buffer, draw: () => number): Buffer<ArrayBuffer> {
  const at = Math.floor(draw() * (frame.length + 1));
  const to = Math.min(frame.length, at + 1 + Math.floor(draw() * 12));
  const kind = draw();
  const [before, after] = [frame.subarray(0, at), frame.subarray(at)];
  if (kind < 0.3) {
    const copy = Buffer.from(frame);
    if (at < copy.length) copy[at] = draw() < 0.5 ? 0x20 + Math.floor(draw() * 0x60) : Math.floor(draw() * 256);
    return copy;
  }
  if (kind < 0.45) return Buffer.concat([before, frame.subarray(to)]);
  if (kind < 0.6) return Buffer.concat([before, frame.subarray(at, to), after]);
  if (kind < 0.7) return Buffer.concat([frame.subarray(0, to), frame.subarray(at)]);
  if (kind < 0.75) return Buffer.from(before);
  if (kind < 0.8) {
    const digit = Buffer.from(String(Math.floor(draw() * 10)));
    return Buffer.concat([before, digit, frame.subarray(at + 1)]);
  }
  return Buffer.concat([before, TOKENS[Math.floor(draw() * TOKENS.length)]!, after]);
}
