import { micros, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { classifyVenueError } from '../src/index.ts';
import { judgeAnswer } from '../src/rest/http-answer.ts';
import type { HttpAnswer } from '../src/rest/http-answer.ts';
import { RestFailure } from '../src/rest/rest-errors.ts';
import { retryAfterOf, retryDelay } from '../src/rest/retry.ts';
import { classifyVenueErrors } from '../src/rest/venue-errors.ts';

const NOW = micros(1_688_671_650e6);

test.each([
  ['EGeneral:Invalid arguments', 'request', false, 'refused'],
  ['EGeneral:Invalid arguments:ordertype', 'request', false, 'refused'],
  ['EGeneral:Invalid arguments:Index unavailable', 'request', false, 'refused'],
  ['EGeneral:Unknown method', 'request', false, 'refused'],
  ['EGeneral:Permission denied', 'permission', false, 'refused'],
  ['EGeneral:Temporary lockout', 'permission', false, 'refused'],
  ['EGeneral:Internal error', 'service', true, 'unknown'],
  ['EGeneral:Internal error:5', 'service', true, 'unknown'],
  ['EGeneral:Too many requests', 'rate-limit', true, 'refused'],
  ['EAPI:Invalid key', 'permission', false, 'refused'],
  ['EAPI:Invalid signature', 'permission', false, 'refused'],
  ['EAPI:Invalid nonce', 'nonce', false, 'refused'],
  ['EAPI:Rate limit exceeded', 'rate-limit', true, 'refused'],
  ['EAPI:Bad request', 'request', false, 'refused'],
  ['EAPI:Invalid token', 'permission', false, 'refused'],
  ['EAuth:Account temporary disabled', 'permission', false, 'refused'],
  ['EAuth:Account unconfirmed', 'permission', false, 'refused'],
  ['EAuth:Failed', 'permission', false, 'refused'],
  ['EAccount:Invalid permissions', 'permission', false, 'refused'],
  ['EAuth:Rate limit exceeded', 'rate-limit', true, 'refused'],
  ['EAuth:Too many requests', 'rate-limit', true, 'refused'],
  ['ESession:Invalid session', 'permission', false, 'refused'],
  ['EQuery:Unknown asset pair', 'request', false, 'refused'],
  ['EQuery:Unknown asset', 'request', false, 'refused'],
  ['EService:Unavailable', 'service', true, 'unknown'],
  ['EService:Busy', 'service', true, 'unknown'],
  ['EDatabase:Internal error', 'service', true, 'unknown'],
  ['EService: Throttled: 1688671659', 'rate-limit', true, 'refused'],
  ['EService:Throttled', 'rate-limit', true, 'refused'],
  ['EService:Deadline elapsed', 'service', true, 'refused'],
  ['EService:Market in cancel_only mode', 'service', false, 'refused'],
  ['EService:Market in post_only mode', 'service', false, 'refused'],
  ['EService:Market in limit_only mode', 'service', false, 'refused'],
  ['EOrder:Insufficient funds', 'funding', false, 'refused'],
  ['EOrder:Insufficient margin', 'funding', false, 'refused'],
  ['EOrder:Insufficient initial margin', 'funding', false, 'refused'],
  ['EOrder:Margin allowance exceeded', 'funding', false, 'refused'],
  ['EOrder:Margin level too low', 'funding', false, 'refused'],
  ['EOrder:Margin position size exceeded', 'funding', false, 'refused'],
  ['EOrder:Cannot open position', 'funding', false, 'refused'],
  ['EOrder:Cannot open opposing position', 'funding', false, 'refused'],
  ['EOrder:Positions limit exceeded', 'funding', false, 'refused'],
  ['EOrder:Order minimum not met', 'order', false, 'refused'],
  ['EOrder:Cost minimum not met', 'order', false, 'refused'],
  ['EOrder:Tick size check failed', 'order', false, 'refused'],
  ['EOrder:Invalid price', 'order', false, 'refused'],
  ['EOrder:Post only order', 'order', false, 'refused'],
  ['EOrder:Unknown order', 'order', false, 'refused'],
  ['EOrder:Invalid order', 'order', false, 'refused'],
  ['EOrder:Unknown position', 'order', false, 'refused'],
  ['EOrder:Rate limit exceeded', 'rate-limit', true, 'refused'],
  ['EOrder:Domain rate limit exceeded', 'rate-limit', true, 'refused'],
  ['EOrder:Orders limit exceeded', 'rate-limit', true, 'refused'],
  ['EOrder:Scheduled orders limit exceeded', 'rate-limit', true, 'refused'],
  ['EOrder:Reduce only:No position exists', 'order', false, 'refused'],
  ['ETrade:Invalid request', 'order', false, 'refused'],
  ['ETrade:User Locked', 'permission', false, 'refused'],
  ['EBM:limit exceeded:CAL', 'funding', false, 'refused'],
  ['EFunding:Max fee exceeded', 'funding', false, 'refused'],
  ['ENew:Never heard of', 'service', false, 'unknown'],
  ['', 'service', false, 'unknown'],
])('%j is %s, retryable %s, outcome %s', (text, kind, retryable, outcome) => {
  expect(classifyVenueError(text)).toMatchObject({ kind, retryable, outcome });
});

test('several errors are worth repeating only when each is, and unknown when one is', () => {
  expect(classifyVenueErrors(['EService:Busy', 'EOrder:Invalid price'])).toEqual({
    kind: 'order',
    retryable: false,
    outcome: 'unknown',
  });
  expect(classifyVenueErrors(['EGeneral:Too many requests', 'EService:Busy'])).toMatchObject({
    kind: 'rate-limit',
    retryable: true,
    outcome: 'unknown',
  });
});

describe('HTTP answers', () => {
  const GOOD = '{"error":[],"result":{"unixtime":1,"rfc1123":""}}';
  const HTML = '<!DOCTYPE html><title>api.kraken.com | 502: Bad gateway</title>';
  const answer = (
    status: number,
    contentType: string | undefined,
    body: string,
    more: Partial<HttpAnswer> = {},
  ): HttpAnswer => ({
    status,
    contentType,
    server: undefined,
    retryAfter: undefined,
    body: Buffer.from(body),
    ...more,
  });
  const judged = (given: HttpAnswer) => {
    try {
      judgeAnswer(given, NOW);
      return 'good';
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      const { code, kind, outcome, retryable } = error.fault;
      return `${code.replace('KB_KRAKEN_REST_', '')} ${kind} ${outcome} ${retryable ? 'again' : 'never'}`;
    }
  };
  const JSON_TYPE = 'application/json; charset=utf-8';
  const HTML_TYPE = 'text/html; charset=UTF-8';
  const cloudflare = { server: 'cloudflare' };

  test.each<[string, HttpAnswer, string]>([
    ['an answer', answer(200, JSON_TYPE, GOOD), 'good'],
    ['an answer without content type', answer(200, undefined, GOOD), 'good'],
    ['an answer with a warning', answer(200, JSON_TYPE, GOOD.replace('[]', '["WOld:Warning"]')), 'good'],
    [
      'an error of Kraken’s',
      answer(200, JSON_TYPE, '{"error":["EQuery:Unknown asset pair"]}'),
      'VENUE_ERROR request refused never',
    ],
    ['a busy Kraken', answer(200, JSON_TYPE, '{"error":["EService:Busy"]}'), 'VENUE_ERROR service unknown again'],
    ['HTML with 200', answer(200, HTML_TYPE, HTML), 'NOT_JSON service unknown again'],
    ['JSON that says it is text', answer(200, 'text/plain', GOOD), 'NOT_JSON service unknown again'],
    ['HTML without content type', answer(200, undefined, HTML), 'BAD_JSON service unknown again'],
    ['HTML that says it is JSON', answer(200, JSON_TYPE, HTML), 'BAD_JSON service unknown again'],
    ['JSON that is cut', answer(200, JSON_TYPE, GOOD.slice(0, 30)), 'BAD_JSON service unknown again'],
    ['nothing', answer(200, JSON_TYPE, ''), 'BAD_JSON service unknown again'],
    ['another JSON', answer(200, JSON_TYPE, '{"ok":true}'), 'BAD_ANSWER service unknown never'],
    ['neither error nor result', answer(200, JSON_TYPE, '{"error":[]}'), 'BAD_ANSWER service unknown never'],
    ['204', answer(204, undefined, ''), 'HTTP_STATUS service unknown never'],
    ['a redirect', answer(302, HTML_TYPE, ''), 'HTTP_STATUS request refused never'],
    ['400', answer(400, JSON_TYPE, '{}'), 'HTTP_STATUS request refused never'],
    ['403', answer(403, JSON_TYPE, '{}'), 'HTTP_STATUS permission refused never'],
    ['403 with a page of Cloudflare’s', answer(403, HTML_TYPE, HTML, cloudflare), 'HTTP_STATUS service refused again'],
    ['404', answer(404, HTML_TYPE, HTML), 'HTTP_STATUS request refused never'],
    ['408', answer(408, undefined, ''), 'HTTP_STATUS network unknown again'],
    ['429', answer(429, HTML_TYPE, HTML), 'HTTP_STATUS rate-limit refused again'],
    ['500', answer(500, undefined, ''), 'HTTP_STATUS service unknown again'],
    ['502 with HTML', answer(502, HTML_TYPE, HTML), 'HTTP_STATUS service unknown again'],
    ['503', answer(503, 'text/plain', 'busy'), 'HTTP_STATUS service unknown again'],
    ['520 of Cloudflare’s', answer(520, HTML_TYPE, HTML, cloudflare), 'HTTP_STATUS service unknown again'],
    [
      '503 with an error of Kraken’s',
      answer(503, JSON_TYPE, '{"error":["EAPI:Invalid nonce"]}'),
      'HTTP_STATUS nonce refused never',
    ],
  ])('%s', (_name, given, expected) => {
    expect(judged(given)).toBe(expected);
  });

  test('the time that the venue asks to wait comes from its header or its text', () => {
    const waits = (given: HttpAnswer): unknown => {
      try {
        return judgeAnswer(given, NOW);
      } catch (error) {
        return error instanceof RestFailure ? error.fault.retryAfter : error;
      }
    };
    expect(waits(answer(429, undefined, '', { retryAfter: ' 7' }))).toBe(7e6);
    expect(waits(answer(503, undefined, '', { retryAfter: 'Thu, 06 Jul 2023 19:27:40 GMT' }))).toBe(10e6);
    expect(waits(answer(503, undefined, '', { retryAfter: 'soon' }))).toBeUndefined();
    expect(waits(answer(200, 'application/json', '{"error":["EService: Throttled: 1688671659"]}'))).toBe(9e6);
    expect(waits(answer(200, 'application/json', '{"error":["EService:Throttled: 5"]}'))).toBe(0);
  });
});

describe('back-off', () => {
  const classic = { retries: 5, first: micros(2e6), jitter: 0.5 };

  test('is 2, 4, 8, 16, 32 s, of which the draw takes off up to half', () => {
    const delays = (draw: number) => [1, 2, 3, 4, 5].map((failed) => retryDelay(classic, failed, draw) / 1e6);
    expect(delays(0)).toEqual([2, 4, 8, 16, 32]);
    expect(delays(0.5)).toEqual([1.5, 3, 6, 12, 24]);
    expect(delays(1 - 2 ** -53)).toEqual([1, 2, 4, 8, 16]);
  });

  test.each([
    ['0', 0],
    ['120', 120e6],
    ['Thu, 01 Jan 1970 00:00:30 GMT', 20e6],
    ['Thu, 01 Jan 1970 00:00:05 GMT', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['2023', 2023e6],
    ['12345678901234567890', undefined],
  ])('Retry-After %j is %s', (header, expected) => {
    const clock = new VirtualScheduler(micros(10e6));
    expect(retryAfterOf(header, clock.now())).toBe(expected);
  });
});
