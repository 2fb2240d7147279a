import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse } from '../rest/http.ts';

/** An answer, or a connection that ends without one. */
export type HttpOutcome = HttpResponse | 'cut';

/** Answers a request now or later; `AnswerHttp` is one that always answers now. Never throws, never rejects. */
export type AnswerHttpLater = (request: HttpRequest) => HttpOutcome | Promise<HttpOutcome>;

/** Longest body that is read; a longer one is answered with 413. */
const LONGEST_BODY = 2 ** 20;
/** Who goes on sending after this many bytes is cut off: up to here the refusal has a chance to be read. */
const LONGEST_DRAIN = 2 ** 24;

/** Reads a request whole and answers it. Path and query are handed on as they were sent. */
export function answerHttp(request: IncomingMessage, response: ServerResponse, answer: AnswerHttpLater): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  request.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= LONGEST_BODY) chunks.push(chunk);
    else chunks.length = 0;
    if (size > LONGEST_DRAIN) request.socket.destroy();
  });
  request.on('error', () => undefined); // a client that hangs up in the middle gets no answer
  request.on('end', () => {
    if (size > LONGEST_BODY) {
      response.writeHead(413, { connection: 'close', 'content-length': 0 }).end();
      return;
    }
    const outcome = answer(requestOf(request, Buffer.concat(chunks)));
    if (outcome instanceof Promise) void outcome.then((later) => write(request, response, later));
    else write(request, response, outcome);
  });
}

function requestOf(request: IncomingMessage, body: Uint8Array): HttpRequest {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers,
    body,
    remote: request.socket.remoteAddress ?? '',
  };
}

function write(request: IncomingMessage, response: ServerResponse, outcome: HttpOutcome): void {
  if (outcome === 'cut') {
    request.socket.destroy();
    return;
  }
  const { status, headers, body } = outcome;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
