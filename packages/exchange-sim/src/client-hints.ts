/** Where a running exchange can be reached, and with which key. */
export interface Reachable {
  /** `http://127.0.0.1:9443` or `https://…`. */
  readonly restUrl: string;
  /** `ws://127.0.0.1:9443`, without a path. */
  readonly wsUrl: string;
  readonly key: string;
  /** Base64. */
  readonly secret: string;
  /** File of the certificate that clients have to trust; `undefined` without TLS. */
  readonly certificate: string | undefined;
  /** A pair that is traded there, by its v2 symbol; `BTC/USD` when left out. */
  readonly symbol?: string;
}

/** Lines that point a client at an exchange, ready to be pasted. The tests run those that can be run here. */
export interface ClientHint {
  readonly client: string;
  /** For a shell where the client is curl, else a file: its first line, a comment, says how to run it. */
  readonly lines: readonly string[];
}

/** How to point well-known clients at an exchange. */
export function clientHints({
  restUrl,
  wsUrl,
  key,
  secret,
  certificate,
  symbol = 'BTC/USD',
}: Reachable): readonly ClientHint[] {
  const curl = `curl -sS${certificate === undefined ? '' : ` --cacert ${quoted(certificate)}`}`;
  // openssl takes binary keys as hex only. The nonce is in milliseconds as ccxt's are: larger ones would lock ccxt out of the key.
  const hexSecret = Buffer.from(secret, 'base64').toString('hex');
  return [
    {
      client: 'curl',
      lines: [`${curl} '${restUrl}/0/public/Depth?pair=${symbol.replace('/', '')}&count=2'`],
    },
    {
      client: 'curl, private',
      lines: [
        `path=/0/private/Balance nonce=$(date +%s)000`,
        `sign=$({ printf $path; printf "\${nonce}nonce=$nonce" | openssl sha256 -binary; } |`,
        `  openssl sha512 -mac HMAC -macopt hexkey:${hexSecret} -binary | openssl base64 -A)`,
        `${curl} -H ${quoted(`API-Key: ${key}`)} -H "API-Sign: $sign" -d nonce=$nonce ${restUrl}$path`,
      ],
    },
    {
      client: 'ccxt',
      lines: [
        `// npm install ccxt, then: ${trusting(certificate, ['NODE_EXTRA_CA_CERTS'])}node bot.mjs`,
        `import ccxt from 'ccxt';`,
        `const kraken = new ccxt.pro.kraken({ apiKey: ${literal(key)}, secret: ${literal(secret)}, urls: { api: {`,
        `  public: '${restUrl}', private: '${restUrl}',`,
        `  ws: { public: '${wsUrl}', private: '${wsUrl}', publicV2: '${wsUrl}/v2', privateV2: '${wsUrl}/v2' },`,
        `} } });`,
        // Without it ccxt refuses sockets that are not encrypted.
        ...(wsUrl.startsWith('ws:') ? [`await kraken.loadHttpProxyAgent();`] : []),
        `console.log((await kraken.fetchBalance()).total, (await kraken.watchOrderBook('${symbol}')).bids[0]);`,
        `await kraken.close();`,
      ],
    },
    {
      // Set on the classes, as the SDK makes clients of its own: Trade a Market, the order book client, too.
      client: 'python-kraken-sdk',
      lines: [
        `# pip install python-kraken-sdk, then: ${trusting(certificate, ['REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'])}python bot.py`,
        `# Its nonces are larger than those of other clients, so use a key that no other client uses.`,
        `import asyncio`,
        `from kraken.spot import SpotClient, SpotWSClient, User`,
        `SpotClient.URL, SpotWSClient.WS_URL, SpotWSClient.AUTH_WS_URL = '${restUrl}', '${wsUrl}', '${wsUrl}'`,
        `key, secret = ${literal(key)}, ${literal(secret)}`,
        `print(User(key, secret).get_account_balance())`,
        `async def show(message): print(message)`,
        `async def main():`,
        `    async with SpotWSClient(key, secret, show) as socket:`,
        `        await socket.subscribe({'channel': 'book', 'symbol': ['${symbol}']})`,
        `        await socket.subscribe({'channel': 'executions'})`,
        `        await asyncio.sleep(3)`,
        `asyncio.run(main())`,
      ],
    },
  ];
}

/** Variables of the environment that make a program trust the certificate, for the front of its command. */
function trusting(certificate: string | undefined, variables: readonly string[]): string {
  return certificate === undefined ? '' : variables.map((name) => `${name}=${quoted(certificate)} `).join('');
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** As JavaScript and Python both write it: an account file may hold any key. */
function literal(text: string): string {
  return `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", String.raw`\'`)}'`;
}
