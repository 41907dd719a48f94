import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, SecureContext, TLSSocket } from "node:tls";
import { authorities, toSecureContext, type HostTls } from "../http/tls-context.ts";
import type { Directory } from "./listeners.ts";
import type { Tenant } from "../tenant.ts";

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
    if (entry === undefined || !socket.authorized) return false;
    return chainOf(socket).some((shown) =>
      entry.authorities.some((authority) => isIssuedBy(shown, authority)),
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

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** The client's certificate, and those above it, as far as each really signed the one below. */
function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined) {
    const certificate = new X509Certificate(next.raw);
    const below = chain.at(-1);
    if (below !== undefined && !isIssuedBy(below, certificate)) break;
    chain.push(certificate);
    // A root is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}
