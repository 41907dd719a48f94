import type { Logger } from "pino";
import { EXTRA_CONFIG, GUEST_REPORT_KEY } from "../../api/markers.ts";
import type { connect, LogEvent, VSphere } from "../../vsphere/index.ts";
import { type Login, planConnection } from "./plan.ts";

/** Keys of extraConfig that the inventory keeps of each VM: its marker and what its guest reports. */
const EXTRA_CONFIG_KEYS = [
  EXTRA_CONFIG.installation,
  EXTRA_CONFIG.hostId,
  EXTRA_CONFIG.host,
  EXTRA_CONFIG.containerId,
  EXTRA_CONFIG.container,
  EXTRA_CONFIG.role,
  EXTRA_CONFIG.config,
  GUEST_REPORT_KEY,
];

interface Connection {
  login: Login;
  readonly vsphere: VSphere;
  readonly forget: () => void;
}

/** One connection for each VSphereServer, kept as its login asks. */
export class Connections {
  readonly #connections = new Map<string, Connection>();
  readonly #connect: typeof connect;
  readonly #log: Logger;
  readonly #onState: (key: string) => void;

  /** @param onState called with the key when a connection was lost or came back */
  constructor(connectTo: typeof connect, log: Logger, onState: (key: string) => void) {
    this.#connect = connectTo;
    this.#log = log;
    this.#onState = onState;
  }

  /**
   * The connection that a login asks for: the one that stands, with new credentials where they
   * differ, or a new one. Throws what vsphere throws.
   */
  async ensure(key: string, login: Login, signal: AbortSignal): Promise<VSphere> {
    const current = this.#connections.get(key);
    const step = planConnection(current?.login, login);
    if (current && step === "keep") return current.vsphere;
    if (current && step === "replaceCredentials") {
      await current.vsphere.replaceCredentials(login.username, login.password);
      current.login = login;
      return current.vsphere;
    }
    if (current) await this.close(key);
    const vsphere = await this.#connect(
      {
        url: login.url,
        username: login.username,
        password: login.password,
        ...(login.thumbprint === undefined ? {} : { thumbprint: login.thumbprint }),
        ...(login.caBundle === undefined ? {} : { ca: login.caBundle }),
        extraConfigKeys: EXTRA_CONFIG_KEYS,
        log: (event) => this.#write(key, event),
      },
      signal,
    );
    const forget = vsphere.onState(() => this.#onState(key));
    this.#connections.set(key, { login, vsphere, forget });
    return vsphere;
  }

  get(key: string): VSphere | undefined {
    return this.#connections.get(key)?.vsphere;
  }

  async close(key: string): Promise<void> {
    const connection = this.#connections.get(key);
    if (!connection) return;
    this.#connections.delete(key);
    connection.forget();
    await connection.vsphere.close();
  }

  #write(server: string, { level, message, ...fields }: LogEvent): void {
    this.#log[level]({ server, ...fields }, message);
  }
}
