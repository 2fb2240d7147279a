import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FEED_ERROR_CODES } from '../src/index.ts';
import { listen } from './socket-server.ts';
import { Pair, Venue, WRONG } from './venue.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the public names are these', async () => {
  expect(Object.keys(await import('../src/index.ts')).toSorted()).toMatchInlineSnapshot(`
    [
      "AuditTrail",
      "BACKOFF_PRESETS",
      "BOOK_DEPTHS",
      "Backfill",
      "DeltaMonitor",
      "FEED_ERROR_CODES",
      "FanOut",
      "FeedCore",
      "FeedError",
      "FrozenBook",
      "KrakenMarketFeed",
      "KrakenSpotFeed",
      "KrakenV1Feed",
      "MarketSync",
      "Recorder",
      "ReplayFeed",
      "RestPollingFeed",
      "SecondLocation",
      "candlesInputs",
      "fileSystemDrive",
      "imbalancePredictor",
      "importKrakenOhlcvt",
      "importKrakenTrades",
      "importTardis",
      "openBookSnapshots",
      "openBookUpdates",
      "openOhlcvt",
      "openTrades",
      "verifyRecording",
      "webSocketDial",
    ]
  `);
});

test('the README lists exactly the error codes', () => {
  const listed = [...read('../README.md').matchAll(/^\| `(KB_FEED_\w+)` +\|/gm)].map(([, code]) => code);
  expect(listed).toEqual([...FEED_ERROR_CODES]);
});

test('the README shows the examples as they are', () => {
  expect(read('../README.md')).toContain(read('../examples/verified-book.ts'));
  expect(read('../README.md')).toContain(read('readme-candles.ts').replaceAll('../src/index.ts', '@kb/feed'));
});

/** Runs an example against a local venue until a line appears, then ends it as Ctrl-C does. */
async function run(name: string, venue: Venue, onLine: (line: string, end: () => void) => void): Promise<string[]> {
  const server = await listen(venue.accept);
  const path = fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@kb/source', path, server.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    onLine(line, () => child.kill('SIGINT'));
  });
  expect(await exit).toBe(0);
  await server.close();
  return lines;
}

test('the example prints verified books and ends with Ctrl-C', { timeout: 60_000 }, async () => {
  const pairs = [new Pair('BTC/USD'), new Pair('ETH/USD')] as const;
  const lines = await run('verified-book.ts', new Venue(...pairs), (line, end) => {
    if (line.startsWith('ETH/USD 100.0')) end();
  });
  expect(lines).toContain('BTC/USD live snapshot ');
  expect(lines).toContain('BTC/USD 100.0 0.00000100');
  expect(lines.at(-1)).toBe('connection closed stop closed');
});

test('the example with its own socket mends a book that fails its checksum', { timeout: 60_000 }, async () => {
  const pair = new Pair('BTC/USD');
  const venue = new Venue(pair);
  const lines = await run('own-socket.ts', venue, (line, end) => {
    if (!line.endsWith('verified')) return;
    if (venue.asked('subscribe').length === 1) venue.send(pair.nudge(WRONG));
    else end();
  });
  expect(lines).toEqual([
    'BTC/USD best bid 1000 ticks, verified',
    'BTC/USD frozen: checksum',
    'BTC/USD best bid 1000 ticks, verified',
  ]);
});
