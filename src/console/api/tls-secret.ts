import type { Logger } from "pino";
import type { TlsCredentials } from "../client/http2-pool.ts";
import { pause } from "../../kube/backoff.ts";
import type { SecretReader } from "../identities/secrets.ts";

const MISSING_MS = 1_000;
const PRESENT_MS = 30_000;

export interface TlsSecretOptions {
  readonly readSecret: SecretReader;
  readonly namespace: string;
  readonly name: string;
  readonly log: Logger;
}

/** Credentials in a Secret that the operator makes and renews: read again and again, as it isn't ours to list Secrets. */
export class TlsSecret {
  readonly #options: TlsSecretOptions;
  readonly #stopping = new AbortController();
  #credentials: TlsCredentials | undefined;

  constructor(options: TlsSecretOptions) {
    this.#options = options;
  }

  /** What it holds now. */
  get credentials(): TlsCredentials | undefined {
    return this.#credentials;
  }

  /** Calls back with what the Secret holds, first and whenever that changes, until {@link stop}. */
  watch(listener: (credentials: TlsCredentials) => void): void {
    void this.#watch(listener);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #watch(listener: (credentials: TlsCredentials) => void): Promise<void> {
    const { readSecret, namespace, name, log } = this.#options;
    const { signal } = this.#stopping;
    let said = "";
    while (!signal.aborted) {
      try {
        const read = credentialsIn(await readSecret(namespace, name));
        if (read === undefined) throw new Error("it holds no tls.crt, tls.key and ca.crt");
        if (!same(read, this.#credentials)) {
          this.#credentials = read;
          listener(read);
          log.info({ secret: `${namespace}/${name}` }, "certificates are in use");
        }
        said = "";
      } catch (error) {
        const text = `Secret ${namespace}/${name}: ${(error as Error).message}`;
        if (text !== said) log.warn(text);
        said = text;
      }
      await pause(this.#credentials === undefined ? MISSING_MS : PRESENT_MS, signal);
    }
  }
}

function credentialsIn(
  data: Readonly<Record<string, Buffer>> | undefined,
): TlsCredentials | undefined {
  const { "tls.crt": cert, "tls.key": key, "ca.crt": ca } = data ?? {};
  if (!cert || !key || !ca) return undefined;
  return { cert: cert.toString(), key: key.toString(), ca: ca.toString() };
}

const same = (a: TlsCredentials, b: TlsCredentials | undefined): boolean =>
  a.cert === b?.cert && a.key === b.key && a.ca === b.ca;
