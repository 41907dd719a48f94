import type { Logger } from "pino";
import { EXTRA_CONFIG, GUEST_REPORT_KEY, VM_MARKER_KEYS } from "../../api/markers.ts";
import type { Login } from "../../api/vsphere-login.ts";
import {
  type connect,
  InvalidLoginError,
  type LogEvent,
  type VSphere,
} from "../../vsphere/index.ts";
import { planConnection } from "./plan.ts";

/** Keys of extraConfig that the inventory keeps of each VM: its marker and what its guest reports. */
const EXTRA_CONFIG_KEYS = [...VM_MARKER_KEYS, EXTRA_CONFIG.config, GUEST_REPORT_KEY];

interface Connection {
  /** What it logs in with: the newest that it was given, accepted or not. */
  login: Login;
  /** Whether the server took the newest credentials. */
  isAccepted: boolean;
  readonly vsphere: VSphere;
  readonly forget: () => void;
}

/**
 * How long a login that was refused isn't tried again, whatever wakes its key: vCenter locks an account after five failures
 * in three minutes.
 */
const REFUSAL_MS = 90_000;

interface Refusal {
  readonly login: Login;
  readonly error: InvalidLoginError;
  /** Monotonic. */
  readonly untilMs: number;
}

/** One connection for each VSphereServer, kept as its login asks. */
export class Connections {
  readonly #connections = new Map<string, Connection>();
  readonly #refusals = new Map<string, Refusal>();
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
    if (current?.isAccepted && step === "keep") return current.vsphere;
    if (current && (step === "keep" || step === "replaceCredentials")) {
      // It has them even where they are refused: the former ones are a change then.
      current.login = login;
      current.isAccepted = false;
      await current.vsphere.replaceCredentials(login.username, login.password);
      current.isAccepted = true;
      return current.vsphere;
    }
    if (current) await this.close(key);
    const vsphere = await this.#open(key, login, signal);
    const forget = vsphere.onState(() => this.#onState(key));
    this.#connections.set(key, { login, isAccepted: true, vsphere, forget });
    return vsphere;
  }

  async #open(key: string, login: Login, signal: AbortSignal): Promise<VSphere> {
    const refusal = this.#refusals.get(key);
    const isRefused = refusal !== undefined && planConnection(refusal.login, login) === "keep";
    if (isRefused && performance.now() < refusal.untilMs) throw refusal.error;
    this.#refusals.delete(key);
    try {
      return await this.#connectWith(key, login, signal);
    } catch (error) {
      if (error instanceof InvalidLoginError)
        this.#refusals.set(key, { login, error, untilMs: performance.now() + REFUSAL_MS });
      throw error;
    }
  }

  #connectWith(key: string, login: Login, signal: AbortSignal): Promise<VSphere> {
    return this.#connect(
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
