import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import type { Fault } from './fault.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultTarget } from './fault-target.ts';
import {
  crossing,
  cutInHalf,
  hugeFrame,
  shiftFrame,
  unknownFrame,
  withBadUtf8,
  withNaN,
  withPriceTwice,
  withUnknownField,
  withWrongChecksum,
} from './frame-edits.ts';
import { isAbout, isMarketData } from './seen-frame.ts';
import type { SeenFrame } from './seen-frame.ts';

/** A frame on its way to one client, and what has become of it. Texts are latin-1: a character a byte. */
export interface Passage {
  readonly seen: SeenFrame;
  text: string;
  isLost: boolean;
  copies: number;
  /** It waits for something, while others pass it. */
  wait: Wait | undefined;
  /** Other frames that go out just before and after it. */
  readonly before: string[];
  readonly after: string[];
}

export interface Wait {
  /** Of the fault that lets it wait. */
  readonly kind: FaultKind;
  /** For the next frame of its channel and pair, for a fill, or only for the time to pass. */
  readonly until: 'next' | 'fill' | 'time';
  readonly atMost: Micros;
}

/**
 * What a fault would do to a frame; `undefined` when it has nothing to do with it. Whether it strikes is for the caller to ask.
 * @param target The exchange, for faults that must know the book.
 */
export function frameFault(fault: Fault, passage: Passage, target: FaultTarget | undefined): (() => void) | undefined {
  const { symbol } = fault.spec;
  if (symbol !== undefined && !isAbout(passage.seen, symbol)) return undefined;
  return FRAME_FAULTS[fault.kind]?.(fault, passage, target);
}

type FrameFault = (fault: Fault, passage: Passage, target: FaultTarget | undefined) => (() => void) | undefined;

/** What looks at frames, by kind. */
export const FRAME_FAULTS: Readonly<Partial<Record<FaultKind, FrameFault>>> = {
  drop: (fault, passage) => (isStruckData(passage, fault) ? () => (passage.isLost = true) : undefined),
  dup: (fault, passage) => (isStruckData(passage, fault) ? () => (passage.copies = 2) : undefined),
  reorder: (fault, passage) =>
    isStruckData(passage, fault)
      ? () => (passage.wait = { kind: fault.kind, until: 'next', atMost: REORDERED })
      : undefined,
  statuslost: (_fault, passage) => (passage.seen.role === 'status' ? () => (passage.isLost = true) : undefined),
  latesnapshot: ({ kind, value }, passage) =>
    isMarketData(passage.seen) && passage.seen.isSnapshot
      ? () => (passage.wait = { kind, until: 'time', atMost: micros(value.amount) })
      : undefined,
  ack: (fault, passage) => (passage.seen.role === 'ack' ? () => disturbAnswer(fault, passage) : undefined),
  orderack: (fault, passage) => (passage.seen.role === 'reply' ? () => disturbAnswer(fault, passage) : undefined),
  crc: (_fault, passage) => (isBook(passage) ? edit(passage, withWrongChecksum(passage.text)) : undefined),
  dupprice: (_fault, passage) =>
    isBook(passage) && !passage.seen.isSnapshot ? edit(passage, withPriceTwice(passage.text)) : undefined,
  cross: ({ value }, passage, target) => {
    const { seen, text } = passage;
    if (seen.protocol !== 'v2' || seen.channel !== 'book' || seen.role !== 'data' || seen.isSnapshot) return undefined;
    const top = target?.topOfBook(seen.symbol);
    const frames = top === undefined ? undefined : crossing(text, top, value.word === 'locked' ? 'locked' : 'crossed');
    return frames === undefined ? undefined : () => passage.after.push(...frames);
  },
  unknown: ({ value }, passage) => {
    if (value.word === 'field')
      return isMarketData(passage.seen) ? edit(passage, withUnknownField(passage.text)) : undefined;
    return isRegular(passage) ? () => passage.before.push(unknownFrame(passage.seen.protocol)) : undefined;
  },
  huge: ({ value }, passage) => (isRegular(passage) ? () => passage.before.push(hugeFrame(value.amount)) : undefined),
  garbage: ({ value }, passage) => {
    if (!isMarketData(passage.seen)) return undefined;
    const damage = value.word === 'number' ? withNaN : value.word === 'utf8' ? withBadUtf8 : cutInHalf;
    return edit(passage, damage(passage.text));
  },
  skew: ({ value }, passage) => edit(passage, shiftFrame(passage.text, value.amount)),
};

/** A frame that was to come after the next one comes alone when there is none for so long. */
const REORDERED = micros(SECOND);

function isStruckData({ seen }: Passage, { spec }: Fault): boolean {
  if (seen.isSnapshot) return false;
  return spec.channel === undefined ? isMarketData(seen) : seen.role === 'data' && seen.channel === spec.channel;
}

function isBook({ seen }: Passage): boolean {
  return seen.role === 'data' && (seen.channel === 'book' || seen.channel === 'level3');
}

/** What comes of itself: added frames then look like more of the same. */
function isRegular({ seen }: Passage): boolean {
  return isMarketData(seen) || seen.role === 'heartbeat';
}

function edit(passage: Passage, text: string | undefined): (() => void) | undefined {
  return text === undefined ? undefined : () => (passage.text = text);
}

function disturbAnswer({ kind, value }: Fault, passage: Passage): void {
  switch (value.word) {
    case 'lost':
      passage.isLost = true;
      return;
    case 'double':
      passage.copies = 2;
      return;
    case 'afterfill':
      passage.wait = { kind, until: 'fill', atMost: micros(value.amount) };
      return;
    default:
      passage.wait = { kind, until: 'time', atMost: micros(value.amount) };
  }
}
