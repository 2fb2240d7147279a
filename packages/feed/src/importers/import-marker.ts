/** How the `open` line of an imported recording begins, in place of an address. */
const PREFIX = 'import:';

/** The text of the `open` line that begins an imported recording: what it was made from, and what was made up on the way. */
export function importMarker(kind: string, file: string, notes: readonly string[]): string {
  return `${PREFIX}${kind} ${file}${notes.map((note) => `; ${note}`).join('')}`;
}

/** What an imported recording was made from, as its `open` line says; `undefined` when it was not imported. */
export function importedSource(openText: string): string | undefined {
  return openText.startsWith(PREFIX) ? openText.slice(PREFIX.length) : undefined;
}
