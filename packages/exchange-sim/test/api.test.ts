import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULT_KINDS, FLOW_PRESETS, SIM_ERROR_CODES } from '../src/index.ts';
import { parseRequest } from '../src/wire/requests.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test('exports what the README tells of', async () => {
  expect(Object.keys(await import('../src/index.ts')).toSorted()).toMatchInlineSnapshot(`
    [
      "DEMO_MARKET",
      "DEMO_MARKETS",
      "FAULT_KINDS",
      "FAULT_PLANS",
      "FLOW_PRESETS",
      "FaultInjector",
      "Matcher",
      "PERMISSIONS",
      "QueueReactive",
      "S2_STYLES",
      "SCENARIOS",
      "SIM_ERROR_CODES",
      "STANDARD_SYMBOLS",
      "SimError",
      "SimExchange",
      "TapeServer",
      "ZeroIntelligence",
      "clientHints",
      "factsTable",
      "faultText",
      "listen",
      "parseFaults",
      "readAccountFile",
      "s2For",
      "scaledScheduler",
      "standardMarkets",
      "startExchange",
      "stylisedFacts",
    ]
  `);
});

test('the README has each error code, and no other', () => {
  const codes = [...readme.matchAll(/^\| `(KB_[A-Z_]+)` +\|/gm)].map(([, code = '']) => code);
  expect(new Set(codes)).toEqual(new Set(SIM_ERROR_CODES));
  expect(codes).toHaveLength(SIM_ERROR_CODES.length);
});

test('the README has each kind of fault, with what it takes and what a client sees, and no other', () => {
  const [, section = ''] = /\n## Faults\n(.*?)\n## /s.exec(readme) ?? [];
  const rows = [...section.matchAll(/^\| (`\w+`) +\| (.*?) *\| (.*?) *\|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(
    Object.entries(FAULT_KINDS).map(([kind, { value, sees }]) => {
      const standing = value?.otherwise === undefined ? '' : `; ${value.otherwise} when left out`;
      return [`\`${kind}\``, value === undefined ? '' : `${value.expects}${standing}`, sees];
    }),
  );
});

test('the README names each preset', () => {
  for (const preset of Object.keys(FLOW_PRESETS)) expect(readme).toContain(`\`${preset}\``);
});

test('the example in the README is the one that runs, and it prints what it says', async () => {
  const file = new URL('../examples/local-exchange.ts', import.meta.url);
  expect(readme).toContain(await readFile(file, 'utf8'));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@kb/source', fileURLToPath(file)]);
  expect(stdout).toContain('{"channel":"status"');
  expect(stdout).toContain('{"method":"add_order","req_id":1,"result":{"order_id":"O');
  expect(stdout).toMatch(/position: 0,\s+ahead: 0/);
}, 20_000);

test('no bytes make the request reader throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        expect(['ping', 'subscribe', 'unsubscribe', 'refused']).toContain(parseRequest(bytes).type);
      },
    ),
    { seed: 3, numRuns: 500 },
  );
  const request = fc.record({
    method: fc.constantFrom('subscribe', 'unsubscribe', 'ping'),
    params: fc.oneof(
      fc.jsonValue(),
      fc.record({
        channel: fc.oneof(fc.constantFrom('book', 'trade', 'ticker', 'instrument'), fc.jsonValue()),
        symbol: fc.jsonValue(),
        depth: fc.jsonValue(),
      }),
    ),
    req_id: fc.jsonValue(),
  });
  fc.assert(
    fc.property(request, (value) => {
      expect(() => parseRequest(Buffer.from(JSON.stringify(value)))).not.toThrow();
    }),
    { seed: 4, numRuns: 500 },
  );
});
