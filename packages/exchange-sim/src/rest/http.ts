/** One HTTP request, read whole. Header names are lower case. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** The peer's address. */
  readonly remote: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers a request at once: the exchange is synchronous inside. Never throws. */
export type AnswerHttp = (request: HttpRequest) => HttpResponse;
