import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { DECODE_ERROR_CODES, RECORDING_ERROR_CODES, REST_ERROR_CODES } from '../src/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = readFileSync(new URL('../examples/decode-frames.ts', import.meta.url), 'utf8');

test('the public names are these', async () => {
  expect(Object.keys(await import('../src/index.ts')).toSorted()).toEqual([
    'CircuitBreaker',
    'DECODE_ERROR_CODES',
    'DecayingCounter',
    'KrakenDecoder',
    'KrakenRest',
    'KrakenV1Decoder',
    'OHLC_INTERVALS',
    'PRIVATE_COUNTERS',
    'RECORDING_ERROR_CODES',
    'REST_ERROR_CODES',
    'RecordingError',
    'RestAnswerError',
    'RestError',
    'SymbolNames',
    'assetOfV1',
    'classifyVenueError',
    'encodePing',
    'encodeRecordedFrame',
    'encodeSubscribe',
    'encodeUnsubscribe',
    'encodeV1Ping',
    'encodeV1Subscribe',
    'encodeV1Unsubscribe',
    'inProcessDial',
    'instrumentOf',
    'parseAssetPairs',
    'parseAssets',
    'parseDepth',
    'parseOhlc',
    'parseServerTime',
    'parseSpread',
    'parseSystemStatus',
    'parseTicker',
    'parseTrades',
    'priceChange',
    'readRecording',
    'symbolOfV1',
    'systemScheduler',
    'v1PairOf',
  ]);
});

test('the README lists exactly the error codes', () => {
  expect(Array.from(readme.matchAll(/^\| `(KB_[A-Z_0-9]+)`/gm), ([, code]) => code)).toEqual([
    ...DECODE_ERROR_CODES,
    ...RECORDING_ERROR_CODES,
    ...REST_ERROR_CODES,
  ]);
});

test('the README shows the example that runs, and what it prints', async () => {
  expect(readme).toContain(example.trim());
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import('../examples/decode-frames.ts');
    const printed = log.mock.calls.map(([line]) => String(line));
    expect(printed).toHaveLength(4);
    expect(readme).toContain(`\`\`\`\n${printed.join('\n')}\n\`\`\``);
  } finally {
    log.mockRestore();
  }
});
