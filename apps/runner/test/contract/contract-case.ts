import type { InstrumentSpec, QueueModelId } from '@kb/model';
import type { Step } from './script.ts';

/** What a case begins with; what is left out is as in `setting.ts`. */
export interface CaseSetting {
  readonly balances?: Readonly<Record<string, string>>;
  readonly pair?: Partial<InstrumentSpec>;
  /** Whether the venue counts orders, and for which tier. */
  readonly tier?: 'starter' | 'intermediate' | 'pro';
  /** Queue model of the paper engine; `central` when left out. */
  readonly follow?: QueueModelId;
  /** False: nobody is there at the start. */
  readonly hasBook?: boolean;
}

/** One numbered case: what happens, and what the venue reports of it. */
export interface ContractCase {
  /** `C07`. */
  readonly number: string;
  readonly title: string;
  readonly setting?: CaseSetting;
  readonly steps: readonly Step[];
  /** What both report, in this order: milliseconds from the start, then what happened. */
  readonly reports: readonly string[];
  /** Where the paper engine must report something else. */
  readonly differs?: {
    /** One sentence. */
    readonly why: string;
    readonly paper: readonly string[];
  };
}
