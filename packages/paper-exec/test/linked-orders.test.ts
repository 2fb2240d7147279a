import { lots, ticks } from '@kb/model';
import type { ExecutionReport, Lots } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Bracket, LinkedOrders } from '../src/index.ts';
import { ms, Scene } from './scene.ts';

/** A scene whose reports a client sees as they come. */
class Watched extends Scene {
  readonly #seen: (report: ExecutionReport) => void;
  #told = 0;

  constructor(seen: (report: ExecutionReport) => void, delay: number) {
    super({ latency: { feed: ms(0), entry: ms(delay), ack: ms(delay) } });
    this.#seen = seen;
  }

  override drain(): this {
    super.drain();
    for (; this.#told < this.reports.length; this.#told += 1) this.#seen(this.reports[this.#told]!);
    return this;
  }
}

describe('linked orders', () => {
  function linked(delay: number): { readonly scene: Watched; readonly links: LinkedOrders } {
    const links = new LinkedOrders((clientOrderId) => scene.cancel(clientOrderId));
    const scene: Watched = new Watched((report) => links.onReport(report), delay);
    scene.book(1_000, [['99.0', '5.0']], [['101.0', '5.0']]).print(1_010, '100.0', '0.1');
    scene.place('sell', '100.5', '2.0');
    scene.place('sell', undefined, '2.0', {
      orderType: 'stop-loss',
      trigger: { reference: 'last', price: { type: 'static', price: ticks(995) } },
    });
    links.link('o1', 'o2');
    scene.wait(1_100);
    return { scene, links };
  }

  test('cancel the sibling when the fill is seen', () => {
    const { scene, links } = linked(5);
    scene.print(1_200, '100.5', '0.5', 'buy').wait(1_255).wait(1_300).print(1_400, '99.5', '0.1').wait(1_500);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.5 F5']);
    expect(scene.answers().at(-1)).toBe('cancelled o2 requested');
    expect(links.doubleFills).toBe(0);
    scene.print(1_600, '100.5', '9.0', 'buy').wait(1_700);
    expect(links.count).toBe(0);
  });

  test('both trade when the market is faster than the cancel, and that is counted once', () => {
    const { scene, links } = linked(40);
    scene.print(1_200, '100.5', '0.5', 'buy').print(1_230, '99.5', '0.1').wait(1_400).wait(1_500).wait(1_600);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.5 F5', 'o2 2.0 @ 99.0 F2']);
    expect(links.doubleFills).toBe(1);
    expect(scene.answers()).toContain('cancelled o1 requested');
    expect(links.count).toBe(0);
  });

  test('send a cancel again that got lost or was one too many, until it is heard or the order has ended', () => {
    const cancels: string[] = [];
    const links = new LinkedOrders((clientOrderId) => cancels.push(clientOrderId));
    links.link('a', 'b');
    const refused = (clientOrderId: string, reason: string): void => {
      links.onReport({ type: 'cancel-rejected', clientOrderId, reason });
    };
    refused('b', 'rate-limit'); // somebody else's
    links.onReport({ type: 'fill', clientOrderId: 'a', remaining: 1 });
    expect(cancels).toEqual(['b']);
    refused('b', 'not-received');
    refused('b', 'rate-limit');
    expect(cancels).toEqual(['b', 'b', 'b']);
    refused('b', 'unknown-order');
    links.onReport({ type: 'fill', clientOrderId: 'b', remaining: 0 });
    expect(cancels).toEqual(['b', 'b', 'b', 'a']);
    refused('b', 'rate-limit');
    expect(cancels).toHaveLength(4);
  });

  test('count as one pair however often both trade', () => {
    const { links } = linked(5);
    for (const clientOrderId of ['o1', 'o2', 'o1', 'o2']) links.onReport({ type: 'fill', clientOrderId, remaining: 1 });
    expect(links.doubleFills).toBe(1);
  });

  test('are left alone by reports of others', () => {
    const { links } = linked(5);
    links.onReport({ type: 'fill', clientOrderId: 'somebody', remaining: 0 });
    expect(links.count).toBe(1);
  });

  test('of which one is refused let the other live', () => {
    const cancels: string[] = [];
    const links = new LinkedOrders((id) => cancels.push(id));
    links.link('a', 'b');
    links.onReport({ type: 'rejected', clientOrderId: 'a' });
    links.onReport({ type: 'fill', clientOrderId: 'b', remaining: '0.0' });
    expect(cancels).toEqual([]);
    expect(links.count).toBe(0);
  });
});

describe('a bracket', () => {
  test('answers each fill of its entry with two exits of that size, which cancel each other', () => {
    const bracket = new Bracket<Lots>({
      entry: 'o1',
      place({ clientOrderId, leg, size }) {
        if (leg === 'take-profit') scene.place('sell', '100.5', '0', { clientOrderId, size });
        else {
          scene.place('sell', undefined, '0', {
            clientOrderId,
            size,
            orderType: 'stop-loss',
            trigger: { reference: 'last', price: { type: 'static', price: ticks(990) } },
          });
        }
      },
      cancel: (clientOrderId) => scene.cancel(clientOrderId),
    });
    const scene: Watched = new Watched((report) => {
      bracket.onReport(report.type === 'fill' ? report : { type: report.type, clientOrderId: report.clientOrderId });
    }, 5);
    scene.book(1_000, [['99.9', '5.0']], [['100.1', '2.0']]).print(1_010, '100.0', '0.1');
    scene.place('buy', '100.1', '3.0');
    scene.wait(1_100).wait(1_200).print(1_210, '100.1', '0.4').wait(1_300).wait(1_400);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'accepted o1-tp-1',
      'accepted o1-sl-1',
      'accepted o1-tp-2',
      'accepted o1-sl-2',
    ]);
    expect(scene.reports.filter(({ type }) => type === 'accepted')).toMatchObject(
      [30, 20, 20, 4, 4].map((size) => ({ size: lots(size) })),
    );
    scene.print(1_500, '100.5', '2.2', 'buy').wait(1_560).wait(1_700);
    expect(scene.fills().slice(-2)).toEqual(['o1-tp-1 2.0 @ 100.5 F5', 'o1-tp-2 0.2 @ 100.5 F5']);
    expect(scene.answers().slice(-2)).toEqual(['cancelled o1-sl-1 requested', 'cancelled o1-sl-2 requested']);
    expect(bracket.doubleFills).toBe(0);
    expect(scene.venue.balances()['BTC']).toBe('1000.2');
  });
});
