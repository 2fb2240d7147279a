import { fileURLToPath } from 'node:url';
import { Decimal } from 'decimal.js';
import { describe, expect, test } from 'vitest';
import { CASES } from './cases/cases.ts';
import type { ContractCase } from './contract-case.ts';
import { contractPage } from './contract-page.ts';
import { playOnPaper } from './paper-side.ts';
import { playOnSim } from './sim-side.ts';
import type { Outcome } from './sim-side.ts';

const PAGE = fileURLToPath(new URL('../../../../packages/paper-exec/CONTRACT.md', import.meta.url));

/** What is left of a case when nothing happens any more. */
const REST = 1000;

function play({ steps, setting = {} }: ContractCase): { readonly sim: Outcome; readonly paper: Outcome } {
  const until = Math.max(...steps.map(({ at }) => at)) + REST;
  return { sim: toTheCent(playOnSim(setting, steps, until)), paper: toTheCent(playOnPaper(setting, steps, until)) };
}

/** The quote currency is rounded to cents: the exchange books each fill to its last digit, paper-exec to ten. Coins are compared exactly. */
function toTheCent({ reports, balances }: Outcome): Outcome {
  const rounded = Object.entries(balances).map(([asset, amount]) => {
    const exact = new Decimal(amount);
    return [asset, asset === 'USD' ? exact.toFixed(2) : exact.toFixed()];
  });
  return { reports, balances: Object.fromEntries(rounded) };
}

describe('paper-exec and the simulated exchange report the same', () => {
  test.each(CASES)('$number $title', (contractCase) => {
    const { reports, differs } = contractCase;
    const { sim, paper } = play(contractCase);
    expect(sim.reports).toEqual(reports);
    expect(paper).toEqual(differs === undefined ? sim : { ...paper, reports: differs.paper });
  });
});

describe('the list of cases', () => {
  test('is numbered without a gap, and says each thing once', () => {
    expect(CASES.map(({ number }) => number)).toEqual(
      CASES.map((_, index) => `C${String(index + 1).padStart(2, '0')}`),
    );
    expect(new Set(CASES.map(({ title }) => title)).size).toBe(CASES.length);
    expect(CASES.filter(({ differs, reports }) => differs?.paper.join() === reports.join())).toEqual([]);
  });

  test('stands in the documentation of paper-exec, with what differs and why', async () => {
    await expect(contractPage(CASES)).toMatchFileSnapshot(PAGE);
  });
});
