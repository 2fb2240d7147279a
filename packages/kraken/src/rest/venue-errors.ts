import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import type { RestErrorKind, RestOutcome } from './rest-errors.ts';

/** What one of Kraken's error strings, or all of an answer, amount to. */
export interface VenueErrorClass {
  readonly kind: RestErrorKind;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly outcome: Exclude<RestOutcome, 'not-sent'>;
  /** Until when the venue asks to be left alone. */
  readonly until?: Micros | undefined;
}

const refused = (kind: RestErrorKind): VenueErrorClass => ({ kind, retryable: false, outcome: 'refused' });
const LIMITED: VenueErrorClass = { kind: 'rate-limit', retryable: true, outcome: 'refused' };
const OUTAGE: VenueErrorClass = { kind: 'service', retryable: true, outcome: 'unknown' };

/**
 * By the beginning of the text; the first that fits counts. Source: https://docs.kraken.com/api/docs/guides/spot-errors (May 2026).
 *
 * A nonce error is not retryable: the same request has the same nonce. `EService:Market in … mode` is not either: it lasts.
 */
const RULES: readonly (readonly [RegExp, VenueErrorClass])[] = [
  [/^EService:?\s*Throttled/, LIMITED],
  [/^EService:\s*Market in /, refused('service')],
  [/^EService:\s*Deadline elapsed/, { kind: 'service', retryable: true, outcome: 'refused' }],
  [/^(?:EService|EDatabase):/, OUTAGE],
  [/^EGeneral:Internal error/, OUTAGE],
  [/^EGeneral:Too many requests/, LIMITED],
  [/^EGeneral:(?:Permission denied|Temporary lockout)/, refused('permission')],
  [/^EGeneral:/, refused('request')],
  [/^EAPI:Rate limit exceeded/, LIMITED],
  [/^EAPI:Invalid nonce/, refused('nonce')],
  [/^EAPI:Invalid (?:key|signature|token)/, refused('permission')],
  [/^EAPI:/, refused('request')],
  [/^EAuth:(?:Rate limit exceeded|Too many requests)/, LIMITED],
  [/^(?:EAuth|EAccount|ESession):/, refused('permission')],
  [/^EQuery:/, refused('request')],
  [/^EOrder:(?:Rate|Domain rate|Orders|Scheduled orders) limit exceeded/, LIMITED],
  [/^EOrder:(?:Insufficient |Margin |Cannot open |Positions limit exceeded)/, refused('funding')],
  [/^EOrder:/, refused('order')],
  [/^ETrade:User Locked/, refused('permission')],
  [/^ETrade:/, refused('order')],
  [/^(?:EFunding|EBM):/, refused('funding')],
];

/** A text without a rule: something is wrong with the venue or with what we know of it. Nothing is assumed. */
const UNHEARD_OF: VenueErrorClass = { kind: 'service', retryable: false, outcome: 'unknown' };

/** Classifies one error string. */
export function classifyVenueError(text: string): VenueErrorClass {
  const found = RULES.find(([pattern]) => pattern.test(text))?.[1] ?? UNHEARD_OF;
  const until = throttledUntil(text);
  return until === undefined ? found : { ...found, until };
}

/**
 * Classifies all error strings of one answer together (Kraken sends one in practice): worth repeating only when each is, of unknown outcome
 * when any is, and of the kind of the first that cannot be repeated, or else of the first.
 */
export function classifyVenueErrors(texts: readonly string[]): VenueErrorClass {
  const classes = texts.map(classifyVenueError);
  const leading = classes.find(({ retryable }) => !retryable) ?? classes[0] ?? UNHEARD_OF;
  const until = classes.flatMap((each) => each.until ?? []);
  return {
    kind: leading.kind,
    retryable: leading.retryable,
    outcome: classes.some(({ outcome }) => outcome === 'unknown') ? 'unknown' : leading.outcome,
    ...(until.length === 0 ? {} : { until: micros(Math.max(...until)) }),
  };
}

/** `EService: Throttled: 1688671659` names the second from which on one may ask again. */
function throttledUntil(text: string): Micros | undefined {
  const [, seconds] = /^EService:?\s*Throttled:\s*(\d{1,10})$/.exec(text) ?? [];
  return seconds === undefined ? undefined : micros(Number(seconds) * SECOND);
}
