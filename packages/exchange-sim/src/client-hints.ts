/** Where a running exchange can be reached, and with which key. */
export interface Reachable {
  /** `http://127.0.0.1:9443` or `https://…`. */
  readonly restUrl: string;
  /** `ws://127.0.0.1:9443`, without a path. */
  readonly wsUrl: string;
  readonly key: string;
  readonly secret: string;
  /** File of the certificate that clients have to trust; `undefined` without TLS. */
  readonly certificate: string | undefined;
}

/** Lines that point a client at an exchange, ready to be pasted. The tests run those that can be run here. */
export interface ClientHint {
  readonly client: string;
  readonly lines: readonly string[];
}

/** How to point well-known clients at an exchange. */
export function clientHints({ restUrl, wsUrl, key, secret, certificate }: Reachable): readonly ClientHint[] {
  const trust = certificate === undefined ? '' : ` --cacert ${quoted(certificate)}`;
  return [
    {
      client: 'curl',
      lines: [`curl -s${trust} '${restUrl}/0/public/Depth?pair=XBTUSD&count=2'`],
    },
    {
      client: 'ccxt',
      lines: [
        `import ccxt from 'ccxt';`,
        `const kraken = new ccxt.pro.kraken({ apiKey: '${key}', secret: '${secret}', urls: { api: {`,
        `  public: '${restUrl}', private: '${restUrl}',`,
        `  ws: { public: '${wsUrl}', private: '${wsUrl}', publicV2: '${wsUrl}/v2', privateV2: '${wsUrl}/v2' },`,
        `} } });`,
        // Without it ccxt refuses sockets that are not encrypted.
        ...(wsUrl.startsWith('ws:') ? [`await kraken.loadHttpProxyAgent();`] : []),
        `console.log(await kraken.fetchBalance(), await kraken.watchOrderBook('BTC/USD'));`,
        `await kraken.close();`,
      ],
    },
    {
      client: 'python-kraken-sdk',
      lines: [
        `from kraken.spot import SpotClient, SpotWSClient`,
        `rest = SpotClient(key='${key}', secret='${secret}', url='${restUrl}')`,
        `socket = SpotWSClient(key='${key}', secret='${secret}', rest_url='${restUrl}', ws_url='${wsUrl}', auth_ws_url='${wsUrl}')`,
      ],
    },
  ];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
