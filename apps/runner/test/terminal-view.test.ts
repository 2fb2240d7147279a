import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import { expect, test } from 'vitest';
import { fillLine, liveLines, statusLine, TerminalView } from '../src/terminal-view.ts';
import type { LiveSnapshot } from '../src/terminal-view.ts';

const snapshot: LiveSnapshot = {
  mode: 'DEMO',
  elapsed: micros(30_000_000),
  symbol: 'BTC/USD',
  base: 'BTC',
  quote: 'USD',
  feed: 'live',
  checksumOk: 1204,
  checksumFailed: 0,
  bid: { price: '64210.1', size: '1.20400000' },
  ask: { price: '64210.2', size: '0.31800000' },
  spreadBps: 0.0156,
  quotes: [
    { side: 'buy', price: '64184.4', size: '0.00200000' },
    { side: 'sell', price: '64236.0', size: '0.00200000' },
  ],
  position: '0.00200000',
  equity: '25018.4213',
  pnl: { net: '1.2', low: '-0.4', high: '2.05' },
  fees: '0.3212',
  fills: 1,
  latency: 'home: feed 5ms, order 15ms, answer 10ms',
};
const fill = {
  mode: 'DEMO',
  at: micros(1_795_225_361_000_000),
  side: 'buy',
  size: '0.00200000',
  base: 'BTC',
  price: '64210.1',
  liquidity: 'maker',
  fee: '0.32105',
  feeAsset: 'USD',
} as const;

const ESC = '\u001B';
const CODES = new RegExp(`${ESC}\\[\\?25[lh]|${ESC}\\[1A|${ESC}\\[2K|${ESC}\\[[\\d;]*m|\\r|\\n|[^${ESC}\\r\\n]+`, 'g');

/** A terminal that understands what the view sends: text, line feeds, up one line, clear line. */
class Screen {
  readonly rows: string[] = [''];
  #row = 0;
  isTTY = true;
  columns = 120;
  writes = 0;

  write(text: string): void {
    this.writes += 1;
    for (const [part] of text.matchAll(CODES)) {
      if (part === '\n') {
        this.#row += 1;
        this.rows[this.#row] ??= '';
      } else if (part === '\u001B[1A') this.#row -= 1;
      else if (part === '\u001B[2K') this.rows[this.#row] = '';
      else if (!part.startsWith('\u001B') && part !== '\r') this.rows[this.#row] += part;
    }
  }
}

function view(live: boolean): { screen: Screen; clock: VirtualScheduler; view: TerminalView } {
  const screen = new Screen();
  const clock = new VirtualScheduler();
  return { screen, clock, view: new TerminalView({ output: screen, clock, live, color: false }) };
}

test('the live lines show market, own quotes, and simulated figures under their label', () => {
  expect(liveLines(snapshot).join('\n')).toMatchInlineSnapshot(`
    "DEMO  30s  BTC/USD  feed live  checksums 1 204/1 204
      market  bid 64 210.1 × 1.20400000  ask 64 210.2 × 0.31800000  spread 0.02 bps
      ours    bid 64 184.4 × 0.00200000  ask 64 236.0 × 0.00200000
      DEMO    position +0.00200000 BTC   fees 0.32 USD              1 fill
              equity 25 018.42 USD       P&L +1.20 USD [-0.40 … +2.05]
              latency home: feed 5ms, order 15ms, answer 10ms"
  `);
});

test('a figure that is not known is a dash, never a zero', () => {
  const text = liveLines({
    ...snapshot,
    bid: undefined,
    spreadBps: undefined,
    equity: undefined,
    pnl: undefined,
  }).join();
  expect(text).toContain('bid —');
  expect(text).toContain('equity —');
  expect(text).toContain('P&L —');
});

test('one line says the same to a log', () => {
  expect(statusLine({ ...snapshot, checksumFailed: 2, feed: 'resyncing' })).toMatchInlineSnapshot(
    `"DEMO 30s  BTC/USD  feed resyncing  bid 64 210.1 × 1.20400000 ask 64 210.2 × 0.31800000 spread 0.02 bps  position +0.00200000 BTC  P&L +1.20 USD [-0.40 … +2.05]  1 fill  checksums 1 204/1 206"`,
  );
});

test('a fill is one line with its label', () => {
  expect(fillLine(fill)).toMatchInlineSnapshot(
    `"01:42:41  DEMO FILL  buy  0.00200000 BTC @ 64 210.1  maker  fee 0.32 USD"`,
  );
});

test('on a terminal the lines are repainted in place, ten times a second at most', () => {
  const { screen, clock, view: terminal } = view(true);
  for (let fills = 0; fills < 30; fills += 1) {
    terminal.update({ ...snapshot, fills });
    clock.advance(micros(10 * MILLISECOND));
  }
  expect(screen.writes).toBe(3);
  expect(screen.rows.filter((line) => line !== '')).toHaveLength(6);
  expect(screen.rows.join('\n')).toContain('20 fills');
});

test('lines that stay are printed above the repainted ones', () => {
  const { screen, clock, view: terminal } = view(true);
  terminal.line('first');
  terminal.update(snapshot);
  terminal.fill(fill);
  terminal.line('second');
  clock.advance(micros(SECOND));
  terminal.update({ ...snapshot, fills: 2 });
  terminal.close();
  terminal.close();
  const rows = screen.rows.filter((line) => line !== '');
  expect(rows.slice(0, 3)).toEqual(['first', fillLine(fill), 'second']);
  expect(rows.slice(3)).toEqual(liveLines({ ...snapshot, fills: 2 }));
});

test('closing leaves the newest snapshot, even one that came too fast to be painted', () => {
  const { screen, view: terminal } = view(true);
  terminal.update(snapshot);
  terminal.update({ ...snapshot, fills: 7 });
  terminal.close();
  terminal.update({ ...snapshot, fills: 8 });
  expect(screen.rows.join('\n')).toContain('7 fills');
});

test('in a narrow window lines are cut, not wrapped', () => {
  const { screen, view: terminal } = view(true);
  screen.columns = 40;
  terminal.update(snapshot);
  expect(Math.max(...screen.rows.map((line) => line.length))).toBe(40);
});

test('on 80 columns nothing is cut, in colour neither', () => {
  const screen = new Screen();
  screen.columns = 80;
  new TerminalView({ output: screen, clock: new VirtualScheduler(), live: true, color: true }).update(snapshot);
  expect(screen.rows.join('\n')).toContain('spread 0.02 bps');
  expect(screen.rows.join('\n')).not.toMatch(/…$/m);
});

test('a terminal that does not know its width counts as 80 columns', () => {
  const { screen, clock, view: terminal } = view(true);
  screen.columns = 0;
  const wide = { ...snapshot, latency: 'far away, '.repeat(9) };
  terminal.update(wide);
  clock.advance(micros(SECOND));
  terminal.update(wide);
  expect(screen.rows.filter((line) => line !== '')).toHaveLength(6);
  expect(Math.max(...screen.rows.map((line) => line.length))).toBe(80);
});

test('without a terminal plain lines come every five seconds, without control characters', () => {
  const { screen, clock, view: terminal } = view(false);
  for (let second = 0; second < 12; second += 1) {
    terminal.update(snapshot);
    clock.advance(micros(SECOND));
  }
  terminal.fill(fill);
  terminal.close();
  expect(screen.rows.filter((line) => line !== '')).toEqual([...Array(3).fill(statusLine(snapshot)), fillLine(fill)]);
});

test('colours are there when asked for, and nowhere else', () => {
  const texts: string[] = [];
  const output = { write: (text: string) => texts.push(text), isTTY: true, columns: 100 };
  const painted = new TerminalView({ output, clock: new VirtualScheduler(), live: true, color: true });
  painted.update(snapshot);
  expect(texts.join('')).toContain('\u001B[32mfeed live');
  expect(liveLines(snapshot).join('')).not.toContain('\u001B');
});
