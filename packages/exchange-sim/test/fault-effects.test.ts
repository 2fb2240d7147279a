import { describe, expect, test } from 'vitest';
import { FAULT_KINDS, isFaultKind } from '../src/faults/fault-kinds.ts';
import { COMMAND_EFFECTS } from './fault-effects-commands.ts';
import { FRAME_EFFECTS } from './fault-effects-frames.ts';

const EFFECTS = { ...FRAME_EFFECTS, ...COMMAND_EFFECTS };

test('every kind of fault has a test of what a client sees', () => {
  expect(Object.keys(EFFECTS).toSorted()).toEqual(Object.keys(FAULT_KINDS).toSorted());
});

describe('what a client sees', () => {
  for (const [kind, effect] of Object.entries(EFFECTS)) {
    // oxlint-disable-next-line vitest/expect-expect -- the effects expect
    test(`${kind}: ${isFaultKind(kind) ? FAULT_KINDS[kind].sees : ''}`, effect);
  }
});
