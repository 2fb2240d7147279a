import type { PairImpact, RunSummary } from '@kb/engine';
import { bps, grouped, money, signedMoney } from './figures.ts';

/** How large own fills were beside the market, and what that costs the P&L; nothing when there were none. */
export function impactLines({ flags, impact, reporting }: RunSummary): readonly string[] {
  if (impact === undefined) return [];
  const traded = Object.entries(impact.pairs).filter(([, { orders }]) => orders > 0);
  if (traded.length === 0) return [];
  const { charge, net } = impact;
  const first =
    charge === undefined || net === undefined
      ? 'not charged: too little was seen of the market to tell what a day of it is like'
      : `${money(charge)} ${reporting} would have been lost by moving the market: P&L after it ${signedMoney(net)} ${reporting}`;
  return [
    first,
    ...traded.flatMap(([symbol, pair]) => [sizeText(symbol, pair), ...dayText(symbol, pair)]),
    ...(flags.includes('large-share-of-volume')
      ? ['more than 1 % of what traded: without that charge the P&L is not realistic']
      : []),
  ];
}

function sizeText(symbol: string, { alarm, minutes, share, suspectMinutes }: PairImpact): string {
  if (share === undefined) return `${symbol}: nobody told what traded, so own size is compared with nothing`;
  const suspect = `${suspectMinutes} of ${minutes} minutes with fills were suspect, above ${percent(alarm)}`;
  return `${symbol}: fills were ${percent(share)} of what traded; ${suspect}`;
}

function dayText(symbol: string, { chargeBps, dailyVolatility, dailyVolume }: PairImpact): string[] {
  if (dailyVolume === undefined || chargeBps === undefined) return [];
  const base = symbol.split('/')[0] ?? symbol;
  const volume = `${volumeText(dailyVolume.value)} ${base} (${dailyVolume.from})`;
  const volatility = `${percent(dailyVolatility.value)} of volatility (${dailyVolatility.from})`;
  return [`${symbol}: ${bps(chargeBps)} of own turnover, by a day of ${volume} and ${volatility}`];
}

function volumeText(value: number): string {
  return value >= 100 ? grouped(value.toFixed(0)) : String(Number(value.toPrecision(3)));
}

/** Two digits that mean something. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
