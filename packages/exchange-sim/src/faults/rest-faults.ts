import { micros } from '@kb/model';
import type { AnswerHttpLater, HttpOutcome } from '../listen/http-answers.ts';
import type { LateAnswers } from '../listen/late-answers.ts';
import type { HttpRequest, HttpResponse } from '../rest/http.ts';
import type { Fault } from './fault.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultValue } from './fault-values.ts';
import { shiftRest } from './frame-edits.ts';
import { serviceText } from './heard-request.ts';

/** What REST asks of the injector. */
export interface RestHost {
  /** What `timeout` holds back. */
  readonly late: LateAnswers;
  readonly open: { readonly rest: readonly Fault[] };
  note(fault: Fault, connection: number, what: string): void;
}

/** Answers that are under way late, of all clients; one more is cut at once. */
const MOST_LATE = 1_000;

/** Puts faults between REST and its clients. Without open faults a request costs one comparison. */
export function faultyRest(answer: AnswerHttpLater, host: RestHost): AnswerHttpLater {
  let requests = 0;
  const heldBack = async (outcome: HttpOutcome | Promise<HttpOutcome>, delay: number): Promise<HttpOutcome> => {
    if (host.late.size >= MOST_LATE) return 'cut';
    await host.late.wait(micros(delay));
    return outcome;
  };
  const take = (fault: Fault, request: HttpRequest): boolean => {
    if (!fault.take(0, requests)) return false;
    host.note(fault, 0, `struck ${request.method} ${request.path}`);
    return true;
  };
  return (request) => {
    const { rest } = host.open;
    if (rest.length === 0) return answer(request);
    requests += 1;
    const call = callOf(request);
    for (const fault of rest) {
      const refused = REFUSALS[fault.kind]?.(fault.value, call);
      if (refused !== undefined && take(fault, request)) return refused;
    }
    const by = rest.reduce((sum, { kind, value }) => (kind === 'skew' ? sum + value.amount : sum), 0);
    const outcome = skewed(answer(request), by);
    const last = rest.find((fault) => LATE_OR_NEVER.includes(fault.kind) && take(fault, request));
    if (last === undefined) return outcome;
    return last.kind === 'restcut' ? 'cut' : heldBack(outcome, last.value.amount);
  };
}

const LATE_OR_NEVER: readonly FaultKind[] = ['timeout', 'restcut'];

/** What answers in the exchange's place, by kind; `undefined` where a fault has nothing to do with the request. */
const REFUSALS: Readonly<Partial<Record<FaultKind, (value: FaultValue, call: Call) => HttpResponse | undefined>>> = {
  html: ({ amount }) => htmlPage(amount),
  nonce: (_value, { area }) => (area === 'private' ? apiError('EAPI:Invalid nonce') : undefined),
  service: ({ word }) => apiError(serviceText(word)),
  ratelimit: ({ word }, { area, isTrading }) => {
    if (word === 'public' && area === 'public') return apiError('EGeneral:Too many requests');
    if (word === 'order' && isTrading) return apiError('EOrder:Rate limit exceeded');
    return word === 'rest' && area === 'private' && !isTrading ? apiError('EAPI:Rate limit exceeded') : undefined;
  },
};

/** What looks at REST requests. */
export const REST_KINDS: readonly FaultKind[] = ['html', 'nonce', 'service', 'ratelimit', 'timeout', 'restcut', 'skew'];

interface Call {
  /** `public`, `private`, or empty where the path is neither. */
  readonly area: string;
  readonly isTrading: boolean;
}

function callOf({ path }: HttpRequest): Call {
  const [, area = '', method = ''] = /^\/0\/(public|private)\/(\w+)$/.exec(path) ?? [];
  return { area, isTrading: area === 'private' && /^(Add|Amend|Edit|Cancel)/.test(method) };
}

function skewed(outcome: HttpOutcome | Promise<HttpOutcome>, by: number): HttpOutcome | Promise<HttpOutcome> {
  if (by === 0 || outcome === 'cut') return outcome;
  if (outcome instanceof Promise) return outcome.then((later) => skewed(later, by));
  const { body } = outcome;
  return { ...outcome, body: shiftRest(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'), by) };
}

/** Kraken answers its own errors with 200. */
function apiError(text: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: [text] }) };
}

/** As of the proxy that stands before Kraken. */
function htmlPage(status: number): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
    body:
      `<!DOCTYPE html>\n<html lang="en-US"><head><title>api.kraken.com | ${status}</title></head>\n` +
      `<body><h1>Error ${status}</h1><p>The web server reported an error.</p></body></html>\n`,
  };
}
