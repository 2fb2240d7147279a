export { RISK_REASONS } from './decision.ts';
export type { RiskAllowed, RiskContext, RiskDecision, RiskReason, RiskRefusal, RiskState } from './decision.ts';
export { RISK_ERROR_CODES, RiskError } from './errors.ts';
export type { RiskErrorCode, RiskProblem } from './errors.ts';
export { RISK_PROFILES } from './limits.ts';
export type { CheckedLimits, RiskLimits } from './limits.ts';
export type { PlainFacts, PlainNumber, PlainOrder } from './plain-order.ts';
export { RiskEngine } from './risk-engine.ts';
export type { RiskSnapshot } from './snapshot.ts';
