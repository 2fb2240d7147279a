import { AuditTrail } from '@kb/feed';
import type { BackfillEvent, DeltaRecord, HealthEvent } from '@kb/feed';
import type { FeedEvent, Scheduler } from '@kb/model';

export interface FeedTrailsOptions {
  /** Path without name, number and ending: `runs/x/` makes `runs/x/audit-000001.ndjson` and `runs/x/health-000001.ndjson`. */
  readonly base: string;
  readonly scheduler: Scheduler;
  /** A file began. */
  readonly onBegin: (path: string, trail: 'audit' | 'health') => void;
  /** Lines went to a file. */
  readonly onFlush: () => void;
  /** A trail has ended early, which ends nothing else. */
  readonly onError: (error: Error) => void;
}

/**
 * What a feed says of itself, kept beside what it is used for: the audit trail (states, outages, re-syncs, gaps, what was asked over REST and
 * what came of it), and all of its health now and then.
 */
export class FeedTrails {
  readonly #audit: AuditTrail;
  readonly #health: AuditTrail;

  constructor({ base, scheduler, onBegin, onFlush, onError }: FeedTrailsOptions) {
    const trail = (name: 'audit' | 'health'): AuditTrail =>
      new AuditTrail({ base: `${base}${name}`, scheduler, onBegin: (path) => onBegin(path, name), onFlush, onError });
    [this.#audit, this.#health] = [trail('audit'), trail('health')];
  }

  onState(event: FeedEvent): void {
    this.#audit.append('state', event);
  }

  onHealth(event: HealthEvent): void {
    if (event.type === 'snapshot') this.#health.append('health', event.health);
    else this.#audit.append(event.type, event);
  }

  onBackfill(event: BackfillEvent): void {
    this.#audit.append('backfill', event);
  }

  onDelta(record: DeltaRecord): void {
    this.#audit.append('delta', record);
  }

  async close(): Promise<void> {
    await Promise.all([this.#audit.close(), this.#health.close()]);
  }
}
