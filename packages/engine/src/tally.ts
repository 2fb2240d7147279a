import { assertNever } from '@kb/model';
import type { ExecutionReport, VenueCommand } from '@kb/model';

/** Counts what happened in a run, for the summary and the live view. */
export class Tally {
  placed = 0;
  amended = 0;
  cancelled = 0;
  makerFills = 0;
  takerFills = 0;
  boughtFills = 0;
  soldFills = 0;
  rejected = 0;
  strategyErrors = 0;
  readonly refusals: Record<string, number> = {};
  readonly rejections: Record<string, number> = {};

  get fills(): number {
    return this.makerFills + this.takerFills;
  }

  sent(command: VenueCommand): void {
    if (command.type === 'place') this.placed += 1;
    else if (command.type === 'amend') this.amended += 1;
    else this.cancelled += 1;
  }

  refused(code: string): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }

  report(report: ExecutionReport): void {
    switch (report.type) {
      case 'fill':
        if (report.liquidity === 'maker') this.makerFills += 1;
        else this.takerFills += 1;
        if (report.side === 'buy') this.boughtFills += 1;
        else this.soldFills += 1;
        return;
      case 'rejected':
      case 'amend-rejected':
      case 'cancel-rejected':
        this.rejected += 1;
        this.rejections[report.reason] = (this.rejections[report.reason] ?? 0) + 1;
        return;
      case 'accepted':
      case 'amended':
      case 'triggered':
      case 'cancelled':
      case 'expired':
      case 'unknown':
        return;
      default:
        assertNever(report);
    }
  }
}
