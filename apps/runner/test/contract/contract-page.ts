import type { ContractCase } from './contract-case.ts';

/** The list as a page: what agrees, then what differs, line by line. */
export function contractPage(cases: readonly ContractCase[]): string {
  const differing = cases.filter(({ differs }) => differs !== undefined);
  return `# What both venues report

Held by \`apps/runner/test/contract\`; do not edit (\`vitest run --project runner test/contract -u\` writes it anew).

Each case is played twice in virtual time. At the simulated exchange of \`@kb/exchange-sim\` our orders are really there: they come by
WebSocket, wait in its queues and match. On paper the same strangers do the same without us, and \`@kb/paper-exec\` reports from the public
frames, through a real feed. Both must report the same, in the same order, at the same venue times, with the same fees, and end with
the same balances. ${cases.length - differing.length} of ${cases.length} cases do; of the others each side's reports are held to the letter.

Two things are told in other words and count as the same. An order that the exchange takes in and puts out in one instant, because it is
post-only or because nobody is there to trade with, is one refusal on paper. An amend below what is filled ends an order with a reason of
its own on paper, and at the exchange as a cancel would.

${table(cases)}

## What differs

Milliseconds from the start, then the report.
${differing.map(difference).join('')}`;
}

/** Its columns are as wide as the formatter makes them. */
function table(cases: readonly ContractCase[]): string {
  const rows = cases.map(({ number, title, differs }) => [number, title, differs === undefined ? 'same' : 'differs']);
  const widths = [4, Math.max(...cases.map(({ title }) => title.length)), 7];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(['case', 'what happens', 'reports']), rule, ...rows.map(line)].join('\n');
}

function difference({ number, title, reports, differs }: ContractCase): string {
  const { why = '', paper = [] } = differs ?? {};
  const block = (lines: readonly string[]): string => ['```text', ...lines, '```'].join('\n');
  return `
### ${number} ${title}

${why}

At the exchange:

${block(reports)}

On paper:

${block(paper)}
`;
}
