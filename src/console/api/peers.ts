import { ask, readJson } from "../client/exchange.ts";
import { Http2Pool, type ReadCredentials } from "../client/http2-pool.ts";

const ASK_MS = 1_000;

/** Other consoles of the installation. */
export class Peers {
  readonly #origins: readonly string[];
  readonly #pool: Http2Pool;

  constructor(
    addresses: readonly { readonly host: string; readonly port: number }[],
    credentials: ReadCredentials,
  ) {
    this.#origins = addresses.map(
      ({ host, port }) => `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    );
    this.#pool = new Http2Pool(credentials);
  }

  /** The origin of the console that has the line of the VM with this instance UUID, if one of them says so in time. */
  async holderOf(uuid: string): Promise<string | undefined> {
    const signal = AbortSignal.timeout(ASK_MS);
    const asked = this.#origins.map(async (origin) => {
      const answer = await ask(this.#pool, origin, {
        method: "GET",
        path: `/v1/lines/${uuid}`,
        signal,
      });
      await readJson(answer);
      return origin;
    });
    return Promise.any(asked).catch(() => undefined);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
