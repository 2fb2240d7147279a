/** A number with that many decimals; a dash when it is none. */
export function fixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : '–';
}

/** A share in per cent. */
export function percent(share: number, decimals = 1): string {
  return Number.isFinite(share) ? (share * 100).toFixed(decimals) : '–';
}

/** With its sign. */
export function signedFixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? `${value > 0 ? '+' : ''}${value.toFixed(decimals)}` : '–';
}

/** A table in Markdown, its columns padded to one width; the first is on the left, the others on the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
