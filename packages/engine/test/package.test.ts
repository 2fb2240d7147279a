import { readFileSync } from 'node:fs';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { rehearse } from '../examples/rehearse-a-maker.ts';
import * as api from '../src/index.ts';
import type { OutputRecord } from '../src/index.ts';
import { serve } from './support/exchange.ts';
import { Market, START } from './support/market.ts';

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

function firstColumn(heading: string): (string | undefined)[] {
  const [, section = ''] = textOf('../README.md').split(`## ${heading}\n`);
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `([A-Za-z_-]+)` +\|/gm)].map((match) => match[1]);
}

test('the public names are these', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'ENGINE_ERROR_CODES',
    'Engine',
    'EngineError',
    'LATENCY_PROFILES',
    'OrderTracker',
    'PaperSession',
    'ResumedOutput',
    'STARTING_VALUE',
    'STRATEGY_NAMES',
    'Tally',
    'checkPaperSessionConfig',
    'createStrategy',
    'decodeInput',
    'encodeInput',
    'legQuantile',
    'rerun',
  ]);
});

describe('the README', () => {
  test('has the error codes that the code has', () => {
    expect(firstColumn('Error codes')).toEqual([...api.ENGINE_ERROR_CODES]);
  });

  test('has every type of output record', () => {
    const types: Readonly<Record<OutputRecord['type'], true>> = {
      intent: true,
      refused: true,
      report: true,
      'shadow-fill': true,
      account: true,
      explain: true,
      'strategy-error': true,
      halt: true,
      mark: true,
    };
    expect(firstColumn('The output journal')).toEqual(Object.keys(types));
  });

  test('shows the example that runs', () => {
    expect(textOf('../README.md')).toContain(`\`\`\`ts\n${textOf('../examples/rehearse-a-maker.ts')}\`\`\``);
  });
});

test('the example quotes, is filled, and gives the same records again', async () => {
  const scheduler = new VirtualScheduler(START);
  const dial = inProcessDial(serve(new Market({ seed: 3 }), scheduler), scheduler);
  const stopped = new Promise<void>((resolve) => scheduler.after(micros(60 * SECOND), resolve));
  const over = rehearse('SOL/USD', stopped, { dial, scheduler });
  let done = false;
  void over.finally(() => {
    done = true;
  });
  while (!done) {
    scheduler.advance(micros(SECOND));
    await Promise.resolve();
  }
  const { summary, records, again } = await over;
  expect(summary.fills.total).toBeGreaterThan(0);
  expect(JSON.stringify(again)).toBe(JSON.stringify(records));
});
