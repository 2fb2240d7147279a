import { RiskError } from './errors.ts';
import type { RiskState } from './decision.ts';

/** What must survive a restart, as plain JSON. */
export interface RiskSnapshot {
  readonly version: 1;
  readonly state: RiskState;
  readonly cause: string | null;
  /** Orders of the last minute: when (microseconds) and whether they reduced exposure; oldest first. */
  readonly sent: readonly (readonly [time: number, reducing: boolean])[];
}

/** @throws RiskError `KB_RISK_BAD_SNAPSHOT`. */
export function readSnapshot(value: unknown): RiskSnapshot {
  const { version, state, cause, sent } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly [Name in keyof RiskSnapshot]?: unknown;
  };
  if (version !== 1) throw bad('version', 1, version);
  if (state !== 'ACTIVE' && state !== 'REDUCING' && state !== 'HALTED') throw bad('state', 'a state', state);
  if (state === 'ACTIVE' ? cause !== null : typeof cause !== 'string')
    throw bad('cause', 'a cause unless ACTIVE', cause);
  if (!Array.isArray(sent)) throw bad('sent', 'a list', sent);
  return { version, state, cause: cause as string | null, sent: sent.map(readSent) };
}

function readSent(entry: unknown): [time: number, reducing: boolean] {
  const [time, reducing] = Array.isArray(entry) ? (entry as unknown[]) : [];
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || typeof reducing !== 'boolean') {
    throw bad('sent', '[time, reducing]', entry);
  }
  return [time, reducing];
}

function bad(path: string, expected: unknown, found: unknown): RiskError {
  const text = `expected ${String(expected)}, was ${JSON.stringify(found) ?? 'nothing'}`;
  return new RiskError('KB_RISK_BAD_SNAPSHOT', [{ path: `snapshot.${path}`, text }]);
}
