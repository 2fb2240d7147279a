import type { Fetch } from './http-fetch.ts';
import type { HttpAnswer } from './http-answer.ts';
import { RestFailure } from './rest-errors.ts';
import type { RestFault } from './rest-errors.ts';
import { untilAborted } from './shared-calls.ts';

const HEADERS: Readonly<Record<string, string>> = { accept: 'application/json', 'user-agent': '@kb/kraken' };

/**
 * One GET: sends it and reads the whole answer, at most `maxBytes` of it.
 * @param signal Ends it, whether or not the transport listens. Its reason is a `RestFailure`, and is thrown.
 * @throws RestFailure
 */
export async function exchange(fetch: Fetch, url: string, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> {
  const answer = read(fetch, url, maxBytes, signal).catch((error: unknown) => {
    throw error instanceof RestFailure ? error : new RestFailure(unreachable(error));
  });
  return await untilAborted(answer, signal);
}

async function read(fetch: Fetch, url: string, maxBytes: number, signal: AbortSignal): Promise<HttpAnswer> {
  const response = await fetch(url, { method: 'GET', headers: HEADERS, signal, redirect: 'manual' });
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early ends the stream, and with it the connection.
  for await (const chunk of response.body ?? []) {
    // A transport that does not listen would go on for as long as the server does.
    signal.throwIfAborted();
    size += chunk.length;
    if (size > maxBytes) throw new RestFailure(tooLarge(maxBytes, response.status));
    chunks.push(chunk);
  }
  return {
    status: response.status,
    contentType: header('content-type'),
    retryAfter: header('retry-after'),
    server: header('server'),
    body: Buffer.concat(chunks),
  };
}

function tooLarge(maxBytes: number, httpStatus: number): RestFault {
  return {
    code: 'KB_KRAKEN_REST_TOO_LARGE',
    kind: 'service',
    outcome: 'unknown',
    retryable: false, // it would be as large again
    message: `the answer is longer than ${maxBytes} bytes`,
    httpStatus,
  };
}

function unreachable(error: unknown): RestFault {
  return {
    code: 'KB_KRAKEN_REST_UNREACHABLE',
    kind: 'network',
    outcome: NOT_SENT.has(systemCode(error)) ? 'not-sent' : 'unknown',
    retryable: true,
    message: `the network failed: ${reason(error)}`,
    cause: error,
  };
}

/** Failures from before there was a connection. */
const NOT_SENT: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** fetch says only `fetch failed`; what failed is in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = systemCode(error);
  const { message } = error.cause instanceof Error ? error.cause : error;
  if (code === undefined || message.includes(code)) return message;
  // Where each address of a host failed, Node tells the code and no message.
  return message === '' ? code : `${message} (${code})`;
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? undefined : systemCode(error.cause);
}
