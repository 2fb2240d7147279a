import { createHash, createHmac } from 'node:crypto';
import type { RunningExchange } from '@kb/exchange-sim';

/** A token from the private REST method, signed as Kraken wants it. @param nonce Greater than the one before. */
export async function webSocketsToken(exchange: RunningExchange, account: string, nonce: number): Promise<string> {
  const { apiKey, secret } = exchange.credentials(account);
  const path = '/0/private/GetWebSocketsToken';
  const body = `nonce=${nonce}`;
  const hash = createHash('sha256').update(`${nonce}${body}`).digest();
  const sign = createHmac('sha512', Buffer.from(secret, 'base64')).update(path).update(hash).digest('base64');
  const headers = { 'API-Key': apiKey, 'API-Sign': sign, 'Content-Type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`${exchange.restUrl}${path}`, { method: 'POST', headers, body });
  const { result } = (await answer.json()) as { result: { token: string } };
  return result.token;
}
