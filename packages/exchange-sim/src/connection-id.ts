import { KeyedRandom } from '@kb/model';

/** The id of the n-th connection: between 2^62 and 2^63, beyond what a double holds exactly, as Kraken's are. */
export function connectionId(seed: number, connection: number): string {
  const random = new KeyedRandom(seed, 'connection');
  const high = BigInt(Math.floor(random.at(connection, 0) * 2 ** 30));
  const low = BigInt(Math.floor(random.at(connection, 1) * 2 ** 32));
  return String((1n << 62n) | (high << 32n) | low);
}
