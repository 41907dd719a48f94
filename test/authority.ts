import { type Authority, readAuthority } from "../src/controllers/certificates/authority.ts";
import { issueAuthority, issueLeaf } from "../src/controllers/certificates/issue.ts";

/** A certificate with its key, and the authority that it is from; PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const DAY_MS = 24 * 3_600_000;

/** An authority of certificates for a test. */
export class TestAuthority {
  readonly #authority: Authority;

  private constructor(authority: Authority) {
    this.#authority = authority;
  }

  static async create(): Promise<TestAuthority> {
    const made = readAuthority(await issueAuthority("test", Date.now()), Date.now());
    if (typeof made === "string") throw new Error(made);
    return new TestAuthority(made);
  }

  /** A certificate for the process with this DNS name, at either end of a connection. */
  issue(name: string): Promise<TestCertificate> {
    return this.#issue(name, [name], ["server", "client"], Date.now());
  }

  /** @param nowMs when it is made: a day later it has expired */
  issueFor(
    usage: "server" | "client",
    names: readonly string[] = [],
    nowMs = Date.now(),
  ): Promise<TestCertificate> {
    return this.#issue("test", names, [usage], nowMs);
  }

  async #issue(
    commonName: string,
    names: readonly string[],
    usages: readonly ("server" | "client")[],
    nowMs: number,
  ): Promise<TestCertificate> {
    const request = { commonName, names, usages, lifetimeMs: DAY_MS };
    const data = await issueLeaf(this.#authority, request, nowMs);
    return { cert: data["tls.crt"]!, key: data["tls.key"]!, ca: data["ca.crt"]! };
  }
}
