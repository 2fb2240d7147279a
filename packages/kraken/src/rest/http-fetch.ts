/** What a client asks of its transport. */
export interface FetchInit {
  readonly method: 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** A redirect is an answer like any other here. */
  readonly redirect: 'manual';
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** A transport: the built-in `fetch` is one, so is undici's, or one that goes through a proxy. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** A transport that owns its connections. */
export interface OwnedFetch {
  readonly fetch: Fetch;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/** Connections to one host at the same time; calls are rationed, so that few are ever needed. */
const CONNECTIONS = 4;
/** How long an idle connection is kept, unless the server tells how long it keeps it. */
const KEEP_ALIVE_MS = 30_000;

/**
 * undici's fetch over an Agent of its own. undici is loaded with the first call, so that who only decodes frames does not pay for it.
 * Time-outs are the caller's, by signal; those of undici are off.
 */
export function undiciFetch(): OwnedFetch {
  const open = async () => {
    const { Agent, fetch } = await import('undici');
    const agent = new Agent({
      connections: CONNECTIONS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectTimeout: 0,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
    });
    return { agent, fetch };
  };
  let opened: ReturnType<typeof open> | undefined;
  return {
    fetch: async (url, init) => {
      opened ??= open();
      const { agent, fetch } = await opened;
      return fetch(url, { ...init, dispatcher: agent });
    },
    close: async () => {
      if (opened !== undefined) await (await opened).agent.destroy();
    },
  };
}
