import type { Micros } from '@kb/model';
import type { Market } from '../market/market.ts';
import { TriangleArbitrageur } from './triangle-arbitrageur.ts';

/** An arbitrageur for each triangle among the markets: two pairs of one quote currency whose bases trade against each other. */
export function triangleAgents(
  markets: ReadonlyMap<string, Market>,
  seed: number,
  startAt: Micros,
): TriangleArbitrageur[] {
  return [...markets.values()].flatMap((cross) => {
    const { base, quote } = cross.instrument;
    return [...markets.values()].flatMap((direct) => {
      const bridge = markets.get(`${quote}/${direct.instrument.quote}`);
      if (direct.instrument.base !== base || bridge === undefined) return [];
      const triangle = { direct: () => direct, cross: () => cross, bridge: () => bridge };
      return [new TriangleArbitrageur(triangle, { seed, startAt })];
    });
  });
}
