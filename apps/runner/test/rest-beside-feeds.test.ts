import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_MARKET, startExchange } from '@kb/exchange-sim';
import { micros, SECOND } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { demo } from '../src/commands/demo.ts';
import { paper } from '../src/commands/paper.ts';
import { record } from '../src/commands/record.ts';
import type { PaperOptions, RecordOptions } from '../src/options.ts';
import type { RunDocument } from '../src/session/paper-run.ts';
import { restOf } from '../src/session/rest-of.ts';
import { runKb, temporaryFolder, testContext } from './kb.ts';
import { recordSim } from './record-sim.ts';

interface Line {
  readonly kind: string;
  readonly record: {
    readonly type: string;
    readonly symbols?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

/** A trail of a folder, read whole. */
function trail(folder: string, name: 'audit' | 'health'): { readonly text: string; readonly lines: readonly Line[] } {
  const file = readdirSync(folder).find((each) => each.includes(`${name}-000001.ndjson`)) ?? '';
  const text = readFileSync(join(folder, file), 'utf8');
  const lines = text.trimEnd().split('\n');
  return { text, lines: lines.map((line) => JSON.parse(line) as Line) };
}

/** How many checks of moves were sent, and how many agreed. */
function checks({ lines }: { readonly lines: readonly Line[] }): readonly number[] {
  const records = lines.filter(({ kind }) => kind === 'delta').map((line) => line.record.type);
  return ['sent', 'agreed'].map((type) => records.filter((each) => each === type).length);
}

const RUN = { json: true, color: false, runs: '', for: micros(30 * SECOND), speed: 'max', seed: 6 } as const;

describe('a run on the local exchange', () => {
  async function demoFolder(): Promise<string> {
    const { context, texts } = testContext();
    expect(await demo({ ...RUN, runs: temporaryFolder(), latency: undefined }, context)).toBe(0);
    return (JSON.parse(texts.stdout) as RunDocument).folder;
  }

  test('checks sudden moves over its REST, which agrees, and keeps trails that are the same every time', async () => {
    const [first, second] = [await demoFolder(), await demoFolder()];
    const audit = trail(first, 'audit');
    const [sent = 0, agreed] = checks(audit);
    expect(sent).toBeGreaterThan(3);
    expect(agreed).toBe(sent);
    expect(audit.lines.filter(({ kind }) => kind === 'state').length).toBeGreaterThan(2);
    const health = trail(first, 'health');
    expect(health.lines).toHaveLength(3);
    expect(health.lines.at(-1)?.record).toMatchObject({
      syncFailures: { crossChecks: 0, backfills: 0 },
      symbols: { 'BTC/USD': { delta: { failed: 0, mismatched: 0 } } },
    });
    expect([trail(second, 'audit').text, trail(second, 'health').text]).toEqual([audit.text, health.text]);
  });
});

const PAPER: PaperOptions = {
  ...RUN,
  source: { kind: 'sim' },
  pair: 'BTC/USD',
  strategy: 'maker',
  latency: micros(30_000),
  depth: undefined,
  account: { fees: { maker: '0.0025', taker: '0.0040' } },
  balances: {},
  params: {},
  connectTimeout: micros(10 * SECOND),
  second: undefined,
};

async function paperRun(options: Partial<PaperOptions>): Promise<{ document: RunDocument; stderr: string }> {
  const { context, texts } = testContext();
  expect(await paper({ ...PAPER, runs: temporaryFolder(), ...options }, context)).toBe(0);
  return { document: JSON.parse(texts.stdout) as RunDocument, stderr: texts.stderr };
}

test('a tape has no REST beside it: its run keeps trails, and checks nothing', async () => {
  const path = join(temporaryFolder(), 'tape.ndjson');
  recordSim(path);
  const { document } = await paperRun({ source: { kind: 'tape', path } });
  const audit = trail(document.folder, 'audit');
  expect(audit.lines.map(({ kind }) => kind)).toContain('state');
  expect(audit.lines.map(({ kind }) => kind)).not.toContain('delta');
  expect(trail(document.folder, 'health').lines[0]?.record).not.toHaveProperty('syncFailures');
});

test('a run is copied to its second location whole, and is the same run as without one', async () => {
  const folder = temporaryFolder();
  const [plain, copied] = [
    await paperRun({}),
    await paperRun({ second: { folder, isFolder: true, keepSize: undefined } }),
  ];
  expect(copied.document.inputHash).toBe(plain.document.inputHash);
  expect(copied.document.outputHash).toBe(plain.document.outputHash);
  expect(copied.stderr).toMatch(/second location in-step\n/);
  const [id = ''] = readdirSync(folder).filter((name) => !name.startsWith('.'));
  const files = (path: string): Map<string, string> =>
    new Map(
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .toSorted()
        .map((name) => [name.slice(path.length), readFileSync(name).toString('base64')]),
    );
  const original = realpathSync(copied.document.folder);
  expect(original.endsWith(id)).toBe(true);
  expect(files(join(folder, id))).toEqual(files(original));
});

describe('kb record', () => {
  async function recorded(withRest: boolean): Promise<readonly number[]> {
    const exchange = await startExchange({ markets: [DEMO_MARKET], seed: 6 });
    onTestFinished(() => exchange.close());
    const options: RecordOptions = {
      json: true,
      color: false,
      url: exchange.url,
      rest: withRest ? { baseUrl: exchange.restUrl } : undefined,
      pairs: ['BTC/USD'],
      channels: ['book', 'instrument', 'trade'],
      depth: 10,
      out: temporaryFolder(),
      for: micros(2 * SECOND),
      connectTimeout: micros(5 * SECOND),
      storage: {
        rotateSize: 1e9,
        rotateEvery: undefined,
        keepSegments: undefined,
        keepSize: undefined,
        keepAge: undefined,
        keepUncopied: undefined,
        minFree: 1,
        fsync: 'none',
        second: undefined,
      },
    };
    expect(await record(options, testContext().context)).toBe(0);
    return checks(trail(options.out, 'audit'));
  }

  test('checks sudden moves over REST where one is named, and nowhere else', async () => {
    const [[sent = 0, agreed], without] = await Promise.all([recorded(true), recorded(false)]);
    expect(sent).toBeGreaterThan(0);
    expect(agreed).toBeGreaterThanOrEqual(sent - 1); // the last answer may come too late
    expect(without).toEqual([0, 0]);
  });

  test('refuses what is no address', async () => {
    const result = await runKb('record', '--rest', 'wss://venue.test', '--for', '1s');
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('--rest: expected an address such as https://host, or off, was "wss://venue.test"');
  });

  test.each([
    ['wss://ws.kraken.com/v2', {}],
    ['wss://ws.kraken.com.venue.test/v2', undefined],
    ['ws://127.0.0.1:8765/v2', undefined],
  ])('knows what REST stands beside %s', (url, rest) => {
    expect(restOf(url)).toEqual(rest);
  });
});
