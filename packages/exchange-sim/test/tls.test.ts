import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { listen } from '../src/listen.ts';
import type { Listening } from '../src/listen.ts';
import { certificateIn } from '../src/tls/certificate.ts';

const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

let folder = '';
const open: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kb-tls-'));
});
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
  await rm(folder, { recursive: true });
});

async function serve(host = '127.0.0.1'): Promise<{ server: Listening; ca: string; certFile: string }> {
  const { key, cert, certFile } = await certificateIn(folder);
  const server = await listen({
    accept: (socket) => {
      socket.send('hello');
      return { onMessage: (frame) => socket.send(frame), onClose: () => undefined };
    },
    rest: ({ path }) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: `you asked for ${path}` }),
    tls: { key, cert },
    host,
  });
  open.push(() => server.close());
  return { server, ca: cert, certFile };
}

async function ask(url: string, options: RequestOptions): Promise<string> {
  const request = get(url, { agent: false, ...options });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

describe('TLS', () => {
  test.each(['127.0.0.1', 'localhost'])('https and wss work for who trusts the certificate: %s', async (name) => {
    const { server, ca } = await serve();
    expect([server.url, server.restUrl]).toEqual([
      `wss://127.0.0.1:${server.port}/v2`,
      `https://127.0.0.1:${server.port}`,
    ]);
    expect(await ask(`https://${name}:${server.port}/0/public/Time`, { ca, family: 4 })).toBe(
      'you asked for /0/public/Time',
    );
    const socket = new WebSocket(`wss://${name}:${server.port}/v2`, { ca, family: 4 });
    open.push(() => socket.terminate());
    const [hello] = (await once(socket, 'message')) as [Buffer];
    socket.send('echo');
    const [echo] = (await once(socket, 'message')) as [Buffer];
    expect([hello.toString(), echo.toString()]).toEqual(['hello', 'echo']);
  });

  test('nobody else can be taken in: strangers refuse the certificate, and plain requests get nowhere', async () => {
    const { server } = await serve();
    await expect(ask(server.restUrl, {})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow('fetch failed');
    expect(new X509Certificate((await certificateIn(folder)).cert).ca).toBe(false);
  });

  test.skipIf(!hasCurl)('curl --cacert works', async () => {
    const { server, certFile } = await serve();
    const { stdout } = await run('curl', ['-sS', '--noproxy', '*', '--cacert', certFile, `${server.restUrl}/x`]);
    expect(stdout).toBe('you asked for /x');
  });

  test('a connection that is cut during its handshake is an error of the client, and harms nobody', async () => {
    const { key, cert } = await certificateIn(folder);
    let cut = true;
    const server = await listen({
      accept: () => ({ onMessage: () => undefined, onClose: () => undefined }),
      rest: () => ({ status: 200, headers: {}, body: 'fine' }),
      tls: { key, cert },
      faults: { cutsConnection: () => cut, refusesHandshake: () => undefined },
    });
    open.push(() => server.close());
    await expect(ask(server.restUrl, { ca: cert })).rejects.toMatchObject({ code: 'ECONNRESET' });
    cut = false;
    expect(await ask(server.restUrl, { ca: cert })).toBe('fine');
  });

  test('a key and certificate that make no pair are a coded error', async () => {
    const { cert } = await certificateIn(folder);
    const other = await certificateIn(join(folder, 'other'));
    await expect(
      listen({ accept: () => ({ onMessage: () => {}, onClose: () => {} }), tls: { key: other.key, cert } }),
    ).rejects.toMatchObject({ code: 'KB_SIM_BAD_OPTION', message: 'The key and certificate for TLS cannot be used' });
  });
});

describe('certificateIn', () => {
  const START = new Date('2026-11-24T00:00:00Z');
  const later = (days: number): Date => new Date(START.getTime() + days * 86_400_000);

  test('makes a certificate for localhost once and finds it again', async () => {
    const inner = join(folder, 'deep', 'down');
    const first = await certificateIn(inner, START);
    const again = await certificateIn(inner, later(300));
    expect(again).toEqual(first);
    expect(first.certFile).toBe(join(inner, 'localhost.cert.pem'));
    expect(await readFile(first.certFile, 'utf8')).toBe(first.cert);
    expect((await readdir(inner)).toSorted()).toEqual(['localhost.cert.pem', 'localhost.key.pem']);
    const certificate = new X509Certificate(first.cert);
    expect(certificate.subject).toBe('CN=localhost');
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  });

  test.skipIf(process.platform === 'win32')('only the owner can read the key, also when that was changed', async () => {
    await certificateIn(folder);
    const keyFile = join(folder, 'localhost.key.pem');
    const mode = async (): Promise<number> => (await stat(keyFile)).mode & 0o777;
    expect(await mode()).toBe(0o600);
    await chmod(keyFile, 0o644);
    await certificateIn(folder);
    expect(await mode()).toBe(0o600);
  });

  test.each([
    ['expires within a day', async () => {}, 364.5],
    ['is not valid yet', async () => {}, -1],
    ['is damaged', async () => writeFile(join(folder, 'localhost.cert.pem'), 'no certificate'), 1],
    ['lost its key', async () => rm(join(folder, 'localhost.key.pem')), 1],
    [
      'belongs to another key',
      async () => writeFile(join(folder, 'localhost.key.pem'), (await certificateIn(join(folder, 'other'))).key),
      1,
    ],
  ])('a certificate that %s is replaced', async (_what, spoil, days) => {
    const first = await certificateIn(folder, START);
    await spoil();
    const second = await certificateIn(folder, later(days));
    expect(second.cert).not.toBe(first.cert);
    expect(new X509Certificate(second.cert).validToDate).toEqual(later(days + 365));
    expect(await certificateIn(folder, later(days))).toEqual(second);
  });

  test('a folder that cannot be used is a coded error that says what to do', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(certificateIn(file)).rejects.toMatchObject({
      code: 'KB_SIM_BAD_OPTION',
      hint: 'Name a folder that can be written to, or serve without TLS.',
    });
    await mkdir(join(folder, 'localhost.key.pem'));
    await expect(certificateIn(folder)).rejects.toMatchObject({ code: 'KB_SIM_BAD_OPTION' });
    expect((await readdir(folder)).toSorted()).toEqual(['file', 'localhost.key.pem']);
  });
});
