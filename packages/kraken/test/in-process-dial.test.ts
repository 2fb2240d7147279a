import { VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { inProcessDial } from '../src/in-process-dial.ts';
import type { Accept, ClientHandlers, ClientSocket, ServerSocket } from '../src/transport.ts';

/** Both ends of one connection, and what happened at them, in order. */
function connect(
  onServerMessage?: (socket: ServerSocket, text: string) => void,
  onAccept?: (socket: ServerSocket) => void,
) {
  const scheduler = new VirtualScheduler();
  const log: string[] = [];
  const ends: { server?: ServerSocket } = {};
  const accept: Accept = (socket) => {
    ends.server = socket;
    log.push('server: accepted');
    onAccept?.(socket);
    return {
      onMessage: (frame) => {
        const text = Buffer.from(frame).toString();
        log.push(`server: ${text}`);
        onServerMessage?.(socket, text);
      },
      onClose: () => log.push('server: closed'),
    };
  };
  const handlers: ClientHandlers = {
    onOpen: () => log.push('client: open'),
    onMessage: (frame) => log.push(`client: ${Buffer.from(frame).toString()}`),
    onClose: (code, detail) => log.push(`client: closed ${code} ${detail}`.trim()),
  };
  const client: ClientSocket = inProcessDial(accept, scheduler)('ws://nowhere', handlers);
  const run = (): string[] => {
    while (scheduler.step());
    return log;
  };
  return { client, scheduler, log, run, server: (): ServerSocket => ends.server! };
}

describe('a connection in one process', () => {
  test('opens in a later task, before any frame arrives', () => {
    const { log, run } = connect(undefined, (socket) => socket.send('welcome'));
    expect(log).toEqual([]);
    expect(run()).toEqual(['server: accepted', 'client: open', 'client: welcome']);
  });

  test('carries frames both ways in order, never during the call that sends them', () => {
    const { client, log, run } = connect((socket, text) => {
      socket.send(`${text}1`);
      socket.send(Buffer.from(`${text}2`));
    });
    client.send('a');
    run();
    log.length = 0;
    client.send('b');
    client.send('c');
    expect(log).toEqual([]);
    expect(run()).toEqual(['server: b', 'server: c', 'client: b1', 'client: b2', 'client: c1', 'client: c2']);
  });

  test('takes no time on the clock', () => {
    const { client, scheduler, run } = connect();
    client.send('a');
    run();
    expect(scheduler.now()).toBe(0);
  });

  test('copies frames, so that a sender may reuse its bytes', () => {
    const { run, server, log } = connect();
    run();
    const frame = Buffer.from('one');
    server().send(frame);
    frame.write('two');
    expect(run()).toContain('client: one');
    expect(log).not.toContain('client: two');
  });

  test('counts the bytes that have not arrived', () => {
    const { run, server } = connect();
    run();
    server().send('€uro');
    expect(server().bufferedBytes).toBe(6);
    run();
    expect(server().bufferedBytes).toBe(0);
  });

  test('closed by the client delivers what both sides sent before, then closes both once', () => {
    const { client, run, server, log } = connect();
    run();
    log.length = 0;
    client.send('last words');
    server().send('reply');
    client.close(1000, 'done');
    client.send('too late');
    client.close(1001, 'again');
    expect(run().toSorted()).toEqual([
      'client: closed 1000 done',
      'client: reply',
      'server: closed',
      'server: last words',
    ]);
    expect(log.indexOf('client: reply')).toBeLessThan(log.indexOf('client: closed 1000 done'));
    expect(log.indexOf('server: last words')).toBeLessThan(log.indexOf('server: closed'));
    server().send('into the void');
    server().close();
    server().terminate();
    client.terminate();
    expect(run()).toHaveLength(4);
  });

  test('closed by the server tells the client its code after the frames before', () => {
    const { run, server, log } = connect();
    run();
    log.length = 0;
    server().send('bye');
    server().close(1001, 'going away');
    server().send('too late');
    expect(run()).toEqual(['client: bye', 'client: closed 1001 going away', 'server: closed']);
  });

  test('closed without a code tells 1005, as on the wire', () => {
    const { run, server } = connect();
    run();
    server().close();
    expect(run()).toContain('client: closed 1005');
  });

  test.each(['client', 'server'] as const)('terminated by the %s drops what is under way and tells 1006', (end) => {
    const { client, run, server, log } = connect();
    run();
    log.length = 0;
    client.send('lost');
    server().send('lost too');
    if (end === 'client') client.terminate();
    else server().terminate();
    expect(run().toSorted()).toEqual([`client: closed 1006 terminated by the ${end}`, 'server: closed']);
  });

  test('terminated in the middle of a burst delivers no more of it', () => {
    const { client, run, log } = connect(
      () => client.terminate(),
      () => undefined,
    );
    client.send('a');
    client.send('b');
    run();
    expect(log).toEqual([
      'server: accepted',
      'client: open',
      'server: a',
      'client: closed 1006 terminated by the client',
      'server: closed',
    ]);
  });

  test('closed or terminated before it opens never reaches the server', () => {
    for (const end of ['close', 'terminate'] as const) {
      const { client, run } = connect();
      client[end]();
      expect(run()).toEqual([expect.stringMatching(/^client: closed 1006/)]);
    }
  });

  test('closed by the server at once still opens first', () => {
    const { run } = connect(undefined, (socket) => {
      socket.send('busy');
      socket.close(1013, 'later');
    });
    expect(run()).toEqual([
      'server: accepted',
      'client: open',
      'client: busy',
      'client: closed 1013 later',
      'server: closed',
    ]);
  });

  test('dropped by the server at once never opens', () => {
    const { run } = connect(undefined, (socket) => socket.terminate());
    expect(run()).toEqual(['server: accepted', 'client: closed 1006 terminated by the server', 'server: closed']);
  });

  test('loses a side that lets 64 MiB pile up', () => {
    const { run, server, log } = connect();
    run();
    const frame = new Uint8Array(16 * 1024 * 1024);
    for (let count = 0; count < 5; count += 1) server().send(frame);
    run();
    expect(log.filter((line) => line.startsWith('client: closed'))).toEqual([
      expect.stringMatching(/^client: closed 1006 more than/),
    ]);
  });

  test('keeps the frames behind one whose receiver throws', () => {
    const { client, run, scheduler, log } = connect((_socket, text) => {
      if (text === 'bad') throw new Error('handler');
    });
    run();
    log.length = 0;
    for (const text of ['bad', 'good', 'bad', 'last']) client.send(text);
    expect(() => scheduler.step()).toThrow('handler');
    expect(() => scheduler.step()).toThrow('handler');
    expect(run()).toEqual(['server: bad', 'server: good', 'server: bad', 'server: last']);
  });

  test('does not let a conversation without end hold up other tasks', () => {
    const { client, scheduler } = connect((socket, text) => socket.send(text));
    let other = 0;
    client.send('x');
    for (let step = 0; step < 10; step += 1) {
      scheduler.after(scheduler.now(), () => (other += 1));
      scheduler.step();
    }
    expect(other).toBeGreaterThan(2);
  });
});
