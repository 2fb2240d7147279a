import { micros } from '@kb/model';
import type { ExecutionReport } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReportQueue } from '../src/latency/report-queue.ts';
import type { ReportDraft } from '../src/latency/report-queue.ts';

const STREAMS = 3;
const sent = fc.record({
  sentAt: fc.integer({ min: 0, max: 20 }),
  takes: fc.integer({ min: 0, max: 20 }),
  stream: fc.integer({ min: 0, max: STREAMS - 1 }),
});

function draft(number: number): ReportDraft {
  const at = micros(0);
  return { type: 'unknown', symbol: 'A/B', venueTs: at, clientOrderId: `${number}`, venueOrderId: undefined, text: '' };
}

/** What is handed over at each time, by the number under which it was pushed. */
function told(
  queue: ReportQueue,
  until: number,
): { readonly at: number; readonly number: number; readonly seq: number }[] {
  const all: { at: number; number: number; seq: number }[] = [];
  for (let at = 0; at <= until; at += 1) {
    const sink = ({ clientOrderId, seq }: ExecutionReport): void => {
      all.push({ at, number: Number(clientOrderId), seq });
    };
    queue.drain(micros(at), micros(at), sink, undefined);
  }
  return all;
}

describe('reports on their way', () => {
  test('of a stream none is here before one that left earlier; streams do not wait for each other', () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 40 }), (reports) => {
        const queue = new ReportQueue(STREAMS);
        const pushed = reports.map(({ sentAt, takes, stream }, number) =>
          queue.push(draft(number), micros(sentAt), micros(sentAt + takes), undefined, stream),
        );
        expect(queue.length).toBe(reports.length);
        const expected = reports.map(({ sentAt, stream }, number) => {
          const before = reports.filter(
            (other, index) =>
              other.stream === stream && (other.sentAt < sentAt || (other.sentAt === sentAt && index <= number)),
          );
          return { number, at: Math.max(...before.map((other) => other.sentAt + other.takes)) };
        });
        expect(pushed.map(({ due }) => due)).toEqual(expected.map(({ at }) => at));
        const seen = told(queue, 50);
        for (const { number, at } of seen) expect(at).toBe(expected[number]?.at);
        expect(seen.map(({ seq }) => seq)).toEqual(reports.map((_, index) => index + 1));
        expect(queue.length).toBe(0);
        // At one time those of a stream that left earlier come first.
        for (const [stream] of Array.from({ length: STREAMS }).entries()) {
          const times = seen
            .filter(({ number }) => reports[number]?.stream === stream)
            .map(({ number }) => reports[number]!.sentAt);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        }
      }),
      { seed: 20_261_124, numRuns: 300 },
    );
  });

  test('at one time the streams take turns as the reports were made', () => {
    const queue = new ReportQueue(STREAMS);
    for (const [number, stream] of [2, 0, 1, 0, 2].entries())
      queue.push(draft(number), micros(5), micros(9), undefined, stream);
    expect(told(queue, 9).map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
  });

  test('one that is overtaken goes on right behind the other; one that has arrived cannot be', () => {
    const queue = new ReportQueue();
    const [first, , third] = [0, 1, 2, 3].map((number) =>
      queue.push(draft(number), micros(number), micros(10 + number), undefined),
    );
    queue.moveBehind(first!, third!);
    expect(queue.length).toBe(4);
    expect(told(queue, 20).map(({ at, number }) => [at, number])).toEqual([
      [11, 1],
      [12, 2],
      [12, 0],
      [13, 3],
    ]);
    queue.moveBehind(first!, third!);
    expect(queue.length).toBe(0);
  });
});
