import type { Curve } from './report.ts';

const WIDTH = 720;
const HEIGHT = 380;
const LEFT = 56;
const RIGHT = 190;
const TOP = 40;
const BOTTOM = 44;
const FIRST = 0.01;
const LAST = 300;

/** The lines of the chart, most important first: name, label, colour, dashes. */
const LINES = [
  { name: 'truth', label: 'truth', colour: '#1a1a1a', dashes: '' },
  { name: 'central', label: 'central', colour: '#1b6ca8', dashes: '' },
  { name: 'risk-averse', label: 'pessimistic (risk-averse)', colour: '#b3541e', dashes: '6 3' },
  { name: 'uniform', label: 'optimistic (uniform)', colour: '#2f855a', dashes: '6 3' },
  { name: 'touch', label: 'touch', colour: '#999999', dashes: '2 3' },
  { name: 'book-cross (freqtrade, kraken-cli)', label: 'book-cross', colour: '#999999', dashes: '8 3 2 3' },
] as const;

/** A survival chart as SVG: the share of orders still waiting over time on a logarithmic axis. */
export function survivalChart(title: string, curves: readonly Curve[]): string {
  const shown = LINES.flatMap((line) => {
    const curve = curves.find(({ name }) => name === line.name);
    return curve === undefined ? [] : [{ ...line, curve }];
  });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${title}</text>`,
    ...axes(),
    // The truth is drawn last, on top.
    ...shown.toReversed().map(({ curve, colour, dashes, name }) => {
      const dash = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
      const width = name === 'truth' ? 2.5 : 1.5;
      return `<path d="${path(curve)}" fill="none" stroke="${colour}" stroke-width="${width}"${dash}/>`;
    }),
    ...shown.flatMap(({ label, colour, dashes }, index) => {
      const y = TOP + 12 + index * 20;
      const x = WIDTH - RIGHT + 12;
      const dash = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
      return [
        `<line x1="${x}" y1="${y}" x2="${x + 26}" y2="${y}" stroke="${colour}" stroke-width="2"${dash}/>`,
        `<text x="${x + 32}" y="${y + 4}">${label}</text>`,
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function axes(): string[] {
  const bottom = HEIGHT - BOTTOM;
  const right = WIDTH - RIGHT;
  const across = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line x1="${LEFT}" y1="${y(share)}" x2="${right}" y2="${y(share)}" stroke="#e2e2e2"/>`,
    `<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`,
  ]);
  const up = [0.01, 0.1, 1, 10, 30, 100, 300].flatMap((seconds) => [
    `<line x1="${x(seconds)}" y1="${TOP}" x2="${x(seconds)}" y2="${bottom}" stroke="#f0f0f0"/>`,
    `<text x="${x(seconds)}" y="${bottom + 18}" text-anchor="middle">${seconds}</text>`,
  ]);
  const title = `<text x="${(LEFT + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">seconds after placing (log scale); share of orders still waiting</text>`;
  return [...across, ...up, title];
}

/** Steps: a curve keeps its height until the next time. */
function path({ points }: Curve): string {
  return points
    .map(([seconds, share], index) => (index === 0 ? `M${x(seconds)} ${y(share)}` : `H${x(seconds)}V${y(share)}`))
    .join('');
}

function x(seconds: number): number {
  const share = Math.log(seconds / FIRST) / Math.log(LAST / FIRST);
  return Math.round((LEFT + share * (WIDTH - LEFT - RIGHT)) * 10) / 10;
}

function y(share: number): number {
  return Math.round((TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)) * 10) / 10;
}
