/** Kinds of simulated markets: S1 moving, pinned and light, one tick wide, and S2 as it comes. */
export const SIM_KINDS = ['moving', 'pinned', 'light', 's2'] as const;
export type SimKind = (typeof SIM_KINDS)[number];
