import type { Gate } from '../measure/gate.ts';

/** What the page must not be taken for. Plain claims of what was not done; the figures are in the other sections. */
export function limitsSection(): string {
  return ['## What this page cannot show', LIMITS.map((limit) => `- ${limit.join(' ')}`).join('\n')].join('\n\n');
}

const LIMITS: readonly (readonly string[])[] = [
  [
    '**Kraken itself.** No queue of Kraken’s was recorded order by order, and no real order was sent. How Kraken merges updates of its book,',
    'in which order its two channels arrive, how it cuts prints and hides icebergs is taken from its documentation.',
  ],
  [
    '**Other markets.** The real market is one hour of one share in 2012. All others are the simulator of this project: no code of it is the',
    'engine’s, but its people are a few rules, and a model whose assumptions are like them does better here than elsewhere.',
  ],
  [
    '**Latency and lost races.** Orders and cancels take no time here. What they cost when they do, a paper run shows; whether its latency is',
    'yours, only measuring yours can tell.',
  ],
  [
    '**Impact.** Nobody reacts to a phantom. To real orders only the simulator’s people do; the twin without them shows by how much.',
  ],
  [
    '**Hidden orders.** Executions of hidden orders are told to no estimator, though a public tape has them: they would move queues that',
    'they did not touch.',
  ],
  [
    '**Chance beforehand.** What is called a forecast here is what an estimator says of an order once its fate is decided: it is not a chance',
    'that was named when the order was placed.',
  ],
  [
    '**Your strategy.** The bracket of profit was put to the test by one plain strategy that joins both bests for half a minute. Slow orders deep',
    'in the book, stops and takers of many levels are not among its hours.',
  ],
];

/** The gates that somebody should look at first, with what is known of why; empty when there are none. */
export function missedText(gates: readonly Gate[]): readonly string[] {
  const missed = gates.filter(({ verdict }) => verdict === 'FAIL');
  if (missed.length === 0) return [];
  const inPinned = (model: RegExp): boolean => missed.some(({ gate, on }) => on.includes('pinned') && model.test(gate));
  const isLatency = missed.some(({ gate }) => gate.startsWith('latency'));
  return [
    [
      'None is loosened for it.',
      ...(inPinned(/Q1|fingerprint|central/) ? [INFERRED] : []),
      ...(inPinned(/Q3/) ? [FALLBACK] : []),
      ...(isLatency ? [TAIL] : []),
    ].join(' '),
  ];
}

const INFERRED = [
  'In the pinned market the price stands still and some two dozen orders wait ahead. A quarter of the sizes are round and so like others,',
  'and three of a hundred cancels take a part of an order, which equals no size. Which of several like orders went, nothing public says, and',
  'each wrong guess stays in the queue until it is used up.',
].join(' ');
const FALLBACK = [
  'The fallback (Q3) knows no orders: it shares every cancel out by a formula, and in the long queues of the pinned market a formula leaves',
  'most open.',
].join(' ');
const TAIL = 'The tail of a day’s latency is made of few bad moments, and the next day has others.';
