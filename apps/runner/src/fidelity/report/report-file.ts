import { FORMAT } from './report.ts';
import type { FidelityReport } from './report.ts';

/** JSON of a report, or of a document with reports in it: six digits, and null for what is missing. */
export function reportJson(document: object): string {
  return JSON.stringify(document, (_key, value: unknown) => {
    if (typeof value !== 'number') return value;
    return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  });
}

/** The report in a file that `reportJson` wrote; `undefined` when it is none, or of another version. */
export function parseReport(text: string): FidelityReport | undefined {
  const value = valueOf(text);
  return isReport(value) ? value : undefined;
}

/** `undefined` when it is no JSON. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text, (_key, part: unknown) => (part === null ? Number.NaN : part));
  } catch {
    return undefined;
  }
}

/** Files of this format are written by this program only, so the mark and the outline are enough. */
function isReport(value: unknown): value is FidelityReport {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === FORMAT &&
    'dataSets' in value &&
    Array.isArray(value.dataSets) &&
    'quoted' in value &&
    Array.isArray(value.quoted)
  );
}
