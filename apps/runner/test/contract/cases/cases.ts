import type { ContractCase } from '../contract-case.ts';
import { BATCHES } from './batches.ts';
import { CANCELS } from './cancels.ts';
import { CHANGES } from './changes.ts';
import { CHECKS } from './checks.ts';
import { CLOSES } from './closes.ts';
import { GAPS } from './gaps.ts';
import { ICEBERGS } from './icebergs.ts';
import { LIMITS } from './limits.ts';
import { MARGIN } from './margin.ts';
import { MARGIN_LEVELS } from './margin-levels.ts';
import { POST_ONLY } from './post-only.ts';
import { RESTING } from './resting.ts';
import { SELF_TRADE } from './self-trade.ts';
import { STATUSES } from './statuses.ts';
import { TAKING } from './taking.ts';
import { TIMED } from './timed.ts';
import { TRIGGERS } from './triggers.ts';

/** All cases, in the order of their numbers. */
export const CASES: readonly ContractCase[] = [
  ...RESTING,
  ...TAKING,
  ...POST_ONLY,
  ...CANCELS,
  ...CHANGES,
  ...TIMED,
  ...ICEBERGS,
  ...TRIGGERS,
  ...CLOSES,
  ...SELF_TRADE,
  ...CHECKS,
  ...STATUSES,
  ...LIMITS,
  ...MARGIN,
  ...MARGIN_LEVELS,
  ...GAPS,
  ...BATCHES,
];
