import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { SimError } from '../errors.ts';

/** What a server needs to speak TLS. */
export interface ServerCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  /** The certificate's file: what clients have to trust. */
  readonly certFile: string;
}

const CERT_FILE = 'localhost.cert.pem';
const KEY_FILE = 'localhost.key.pem';
const DAY_MS = 86_400_000;
/** Apple's limit for certificates is 825 days; others are content with any. */
const VALID_DAYS = 365;

/**
 * The certificate of a folder, for `localhost`, `127.0.0.1` and `::1`, signed by its own key. The first call makes it, in a folder that it
 * makes too when there is none; later calls find it. One that is expired, damaged, or of another key, is replaced.
 *
 * The key's file can be read by its owner only. The certificate signs no others: who trusts it trusts this server, and nobody else.
 * @throws SimError `KB_SIM_BAD_OPTION` (rejects) when the folder cannot be used.
 */
export async function certificateIn(folder: string, now: Date = new Date()): Promise<ServerCertificate> {
  const certFile = join(folder, CERT_FILE);
  const keyFile = join(folder, KEY_FILE);
  try {
    const found = await usable(keyFile, certFile, now);
    if (found !== undefined) return { ...found, certFile };
    const made = await make(now);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Never half a file, and never a key that others could read for a moment.
    await replace(keyFile, made.key, 0o600);
    await replace(certFile, made.cert, 0o644);
    return { ...made, certFile };
  } catch (cause) {
    throw new SimError('KB_SIM_BAD_OPTION', `Cannot keep a certificate in ${folder}: ${messageOf(cause)}`, {
      cause,
      hint: 'Name a folder that can be written to, or serve without TLS.',
    });
  }
}

interface Pair {
  readonly key: string;
  readonly cert: string;
}

async function usable(keyFile: string, certFile: string, now: Date): Promise<Pair | undefined> {
  try {
    const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')]);
    const certificate = new X509Certificate(cert);
    const lastsAnotherDay = certificate.validToDate.getTime() > now.getTime() + DAY_MS;
    const hasBegun = certificate.validFromDate.getTime() <= now.getTime();
    if (!lastsAnotherDay || !hasBegun || !certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    await chmod(keyFile, 0o600);
    return { key, cert };
  } catch {
    return undefined; // there is none, or it is damaged: either way a new one is made
  }
}

async function make(now: Date): Promise<Pair> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // An hour ago: clocks of containers and virtual machines are often late.
    notBeforeDate: new Date(now.getTime() - DAY_MS / 24),
    notAfterDate: new Date(now.getTime() + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { key, cert };
}

async function replace(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode, flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true }); // still there when something failed
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
