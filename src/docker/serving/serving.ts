import type { Logger } from "pino";
import { secretKind } from "../../kube/core-kinds.ts";
import { Backoff, pause } from "../../kube/backoff.ts";
import { HostDirectory } from "./directory.ts";
import type { DispatchOptions } from "../http/dispatch.ts";
import { readHostTls, type HostTls } from "../http/tls-context.ts";
import { listenOwn, listenShared, type Address, type Listener } from "./listeners.ts";
import type { Tenant } from "../tenant.ts";
import type { TenantWatcher } from "../tenants.ts";

export interface ServingOptions extends DispatchOptions {
  readonly shared: Address;
  /** Where own ports are bound. */
  readonly ownAddress: string;
}

/** What one host is served with. */
interface Served {
  /** What it was made of; anything else is made anew. */
  secret?: string;
  port?: number;
  plain?: boolean;
  listener?: Listener;
  tls?: HostTls;
  /** Turns at one host come one after the other. */
  turn: Promise<void>;
}

/** Listens for all hosts, and follows them: certificates, ports, coming and going. Open connections outlive a change of certificates. */
export class Serving implements TenantWatcher {
  readonly #options: ServingOptions;
  readonly #directory = new HostDirectory();
  readonly #served = new Map<string, Served>();
  readonly #closing = new AbortController();
  readonly #log: Logger;
  #shared: Listener | undefined;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  async open(): Promise<number> {
    this.#shared = await listenShared(this.#options.shared, this.#directory, this.#options);
    return this.#shared.port;
  }

  /** The own port of a host, as bound. */
  portOf(key: string): number | undefined {
    return this.#served.get(key)?.listener?.port;
  }

  present(tenant: Tenant): void {
    let served = this.#served.get(tenant.key);
    if (served === undefined) this.#served.set(tenant.key, (served = { turn: Promise.resolve() }));
    const mine = served;
    mine.turn = mine.turn.then(() => this.#follow(tenant, mine));
  }

  gone(tenant: Tenant): void {
    const served = this.#served.get(tenant.key);
    this.#served.delete(tenant.key);
    this.#directory.delete(tenant);
    if (served) void served.turn.then(() => served.listener?.close(true));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the gateway stops"));
    const served = [...this.#served.values()];
    await Promise.all(
      served.map(async (each) => {
        await each.turn;
        await each.listener?.close(true);
      }),
    );
    await this.#shared?.close(true);
  }

  /** Until it has worked, or the host has changed or gone. */
  async #follow(tenant: Tenant, served: Served): Promise<void> {
    const backoff = new Backoff(250, 10_000);
    const version = tenant.host().metadata.resourceVersion;
    const signal = AbortSignal.any([tenant.signal, this.#closing.signal]);
    while (!signal.aborted) {
      try {
        await this.#converge(tenant, served, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn({ host: tenant.key, err: error }, "cannot serve a host yet, trying again");
      }
      await pause(backoff.nextMs(), signal);
      // The next turn does it.
      if (tenant.host().metadata.resourceVersion !== version) return;
    }
  }

  async #converge(tenant: Tenant, served: Served, signal: AbortSignal): Promise<void> {
    const { spec, status } = tenant.host();
    const plain = spec.docker.tls?.mode === "None";
    if (plain) {
      this.#directory.delete(tenant);
      delete served.secret;
    } else if (!(await this.#readTls(tenant, served, status?.docker, signal))) return;
    // What another host has already, the operator gives to no second one: it says at which address a host is served.
    const port = status?.docker?.host === undefined ? undefined : spec.docker.port;
    if (served.listener && (served.port !== port || served.plain !== plain)) {
      await served.listener.close(served.plain !== plain);
      delete served.listener;
    }
    if (port === undefined || served.listener) return;
    const address = { host: this.#options.ownAddress, port };
    const tls = plain ? undefined : served.tls;
    Object.assign(served, { port, plain });
    served.listener = await listenOwn(address, tenant, tls, this.#directory, this.#options);
  }

  /** False where the operator hasn't made the certificates yet. */
  async #readTls(
    tenant: Tenant,
    served: Served,
    docker: { readonly serverSecret?: string; readonly revision?: string } | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { serverSecret: name, revision } = docker ?? {};
    if (name === undefined) return false;
    const id = `${name} ${revision ?? ""}`;
    if (served.secret === id) return true;
    const { namespace, client } = tenant;
    const tls = readHostTls(await client.get(secretKind, { namespace, name }, { signal }));
    this.#directory.set(tenant, tls);
    served.listener?.setContext(tls);
    Object.assign(served, { secret: id, tls });
    return true;
  }
}
