import { readFileSync } from 'node:fs';
import { KbError, ModelError } from '@kb/model';
import { expect, test } from 'vitest';
import { CLI_ERROR_CODES, CliError, errorJson, errorText, exitCodeOf, reportOf } from '../src/cli-error.ts';
import { EXIT_CODES } from '../src/exit-codes.ts';

test('the exit codes are the documented ones', () => {
  expect(EXIT_CODES).toMatchInlineSnapshot(`
    {
      "config": 3,
      "findings": 8,
      "halted": 7,
      "integrity": 6,
      "internal": 1,
      "interrupted": 130,
      "liveRefused": 10,
      "ok": 0,
      "precheck": 4,
      "terminated": 143,
      "timeout": 9,
      "usage": 2,
      "venue": 5,
    }
  `);
});

test('an error of any package keeps its code and gets its exit code', () => {
  expect(reportOf(new ModelError('KB_MODEL_OFF_GRID', 'off', { hint: 'round it' }))).toEqual({
    code: 'KB_MODEL_OFF_GRID',
    message: 'off',
    hint: 'round it',
    exitCode: EXIT_CODES.config,
  });
});

test('every code of the packages has an exit code, and none of them counts as a bug', async () => {
  const packages = await Promise.all([
    import('@kb/engine'),
    import('@kb/exchange-sim'),
    import('@kb/feed'),
    import('@kb/journal'),
    import('@kb/kraken'),
    import('@kb/model'),
    import('@kb/orderbook'),
    import('@kb/paper-exec'),
    import('@kb/portfolio'),
    import('@kb/risk'),
    import('@kb/strategies'),
  ]);
  const lists = packages.flatMap((exported) =>
    Object.entries(exported).filter(([name]) => name.endsWith('ERROR_CODES')),
  ) as [string, readonly string[]][];
  expect(lists.length).toBeGreaterThanOrEqual(8);
  const codes = lists.flatMap(([, list]) => list);
  expect(codes.filter((code) => exitCodeOf(code) === EXIT_CODES.internal)).toEqual([]);
});

test.each([
  ['KB_JOURNAL_WRITE_FAILED', '--runs'],
  ['KB_JOURNAL_NOT_FOUND', 'runs/latest-'],
  ['KB_JOURNAL_DAMAGED', 'run'],
  ['KB_RISK_BAD_LIMITS', '--help'],
  ['KB_FEED_UNREACHABLE', 'network'],
])('an error that does not say what to do gets that here: %s', (code, part) => {
  expect(reportOf(new KbError(code, 'what happened')).hint).toContain(part);
});

test('only a bug exits with 1 among the codes of kb itself', () => {
  const internal = CLI_ERROR_CODES.filter((code) => exitCodeOf(code) === EXIT_CODES.internal);
  expect(internal).toEqual(['KB_CLI_INTERNAL']);
});

test.each([
  [
    { code: 'EADDRINUSE', address: '127.0.0.1', port: 9443 },
    'KB_CLI_PORT_IN_USE',
    EXIT_CODES.precheck,
    '127.0.0.1:9443',
  ],
  [{ code: 'ENOENT', path: 'a.ndjson' }, 'KB_CLI_UNREADABLE', EXIT_CODES.config, 'a.ndjson'],
  [{ code: 'ECONNREFUSED', address: '127.0.0.1', port: 1 }, 'KB_CLI_UNREACHABLE', EXIT_CODES.venue, '127.0.0.1:1'],
  [{ code: 'ENOSPC' }, 'KB_CLI_DISK_FULL', EXIT_CODES.precheck, 'disk'],
])('the system error %j is told as %s', (fields, code, exitCode, part) => {
  const report = reportOf(Object.assign(new Error('raw text'), fields));
  expect(report).toMatchObject({ code, exitCode });
  expect(report.message).toContain(part);
  expect(report.hint).toBeDefined();
});

test.each([new TypeError('x is undefined'), 'a string', undefined, new KbError('KB_NOBODY_KNOWS', 'strange')])(
  'anything else is a bug: %s',
  (error) => {
    expect(reportOf(error).exitCode).toBe(EXIT_CODES.internal);
  },
);

test('people get two lines, programs one object, nobody a stack trace', () => {
  const report = reportOf(new CliError('KB_CLI_UNREADABLE', 'a.ndjson: truncated', { hint: 'record it again' }));
  expect(errorText(report)).toBe('error KB_CLI_UNREADABLE  a.ndjson: truncated\n  try: record it again\n');
  expect(JSON.parse(errorJson(report))).toEqual({
    error: { code: 'KB_CLI_UNREADABLE', message: 'a.ndjson: truncated', hint: 'record it again', exitCode: 3 },
  });
});

test('the README lists exactly the codes of kb itself, with their exit codes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(KB_CLI_\w+)`.*\| (\d+) +\|$/gm)].map(([, code, exit]) => [
    code,
    Number(exit),
  ]);
  expect(new Map(rows as [string, number][])).toEqual(new Map(CLI_ERROR_CODES.map((code) => [code, exitCodeOf(code)])));
});
