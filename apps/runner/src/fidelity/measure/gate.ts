/** One bound that was set before anything was measured, on one data set. Nothing here may be loosened to pass. */
export interface Gate {
  readonly gate: string;
  readonly on: string;
  readonly wanted: string;
  /** Not a number when it was not measured. */
  readonly found: number;
  readonly verdict: Verdict;
}

/** `no gate`: told beside a gate that it was once, so that nobody has to look for it. */
export type Verdict = 'pass' | 'FAIL' | 'not measured' | 'no gate';

/** A gate with its verdict. */
export function gate(name: string, on: string, wanted: string, found: number, holds: boolean): Gate {
  const verdict = Number.isNaN(found) ? 'not measured' : holds ? 'pass' : 'FAIL';
  return { gate: name, on, wanted, found, verdict };
}
