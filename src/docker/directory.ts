import type { X509Certificate } from "node:crypto";
import type { SecureContext, TLSSocket } from "node:tls";
import { authorities, toSecureContext, type HostTls } from "./http/tls-context.ts";
import type { Directory } from "./listeners.ts";
import type { Tenant } from "./tenant.ts";

interface Entry {
  readonly tenant: Tenant;
  readonly tls: HostTls;
  readonly context: SecureContext;
  readonly authorities: readonly X509Certificate[];
}

/** Server names, certificates and authorities of all hosts that speak TLS. */
export class HostDirectory implements Directory {
  readonly #entries = new Map<string, Entry>();

  /** @throws Error where certificate, key and authorities don't fit together */
  set(tenant: Tenant, tls: HostTls): void {
    const entry = { tenant, tls, context: toSecureContext(tls), authorities: authorities(tls) };
    if (entry.authorities.length === 0) throw new Error("ca.crt holds no certificate");
    this.#entries.set(tenant.key, entry);
  }

  delete(tenant: Tenant): void {
    this.#entries.delete(tenant.key);
  }

  contextFor(serverName: string): SecureContext | undefined {
    return this.#find(serverName)?.context;
  }

  tenantFor(serverName: string): Tenant | undefined {
    return this.#find(serverName)?.tenant;
  }

  /**
   * OpenSSL has verified the certificate against the authorities of the context that was chosen at the handshake's beginning. This holds it against
   * those of the host that will answer, so that no change in between, and no resumed session, lets a client of one host into another.
   */
  accepts(tenant: Tenant, socket: TLSSocket): boolean {
    const entry = this.#entries.get(tenant.key);
    const shown = socket.getPeerX509Certificate();
    if (entry === undefined || shown === undefined || !socket.authorized) return false;
    return entry.authorities.some(
      (authority) => shown.checkIssued(authority) && shown.verify(authority.publicKey),
    );
  }

  /** The oldest host that has the name: a newcomer never takes it away. */
  #find(serverName: string): Entry | undefined {
    const wanted = serverName.toLowerCase();
    let found: Entry | undefined;
    for (const entry of this.#entries.values()) {
      const host = entry.tenant.host();
      if (!host.spec.docker.serverNames?.some((name) => name.toLowerCase() === wanted)) continue;
      if (found === undefined || isOlder(entry.tenant, found.tenant)) found = entry;
    }
    return found;
  }
}

const ageOf = (tenant: Tenant): string =>
  `${tenant.host().metadata.creationTimestamp} ${tenant.key}`;

const isOlder = (a: Tenant, b: Tenant): boolean => ageOf(a) < ageOf(b);
