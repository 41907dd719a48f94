import { readAuthority } from "../../src/controllers/certificates/authority.ts";
import { issueAuthority, issueLeaf } from "../../src/controllers/certificates/issue.ts";
import type { TlsCredentials } from "../../src/console/client/http2-pool.ts";

/** An authority of certificates for a test's processes. */
export class TestAuthority {
  readonly #issue: (name: string) => Promise<TlsCredentials>;

  private constructor(issue: (name: string) => Promise<TlsCredentials>) {
    this.#issue = issue;
  }

  static async create(): Promise<TestAuthority> {
    const authority = readAuthority(await issueAuthority("test", Date.now()), Date.now());
    if (typeof authority === "string") throw new Error(authority);
    return new TestAuthority(async (name) => {
      const request = {
        commonName: name,
        names: [name],
        usages: ["server", "client"] as const,
        lifetimeMs: 3_600_000,
      };
      const data = await issueLeaf(authority, request, Date.now());
      return {
        cert: data["tls.crt"] ?? "",
        key: data["tls.key"] ?? "",
        ca: data["ca.crt"] ?? "",
      };
    });
  }

  /** A certificate for the process with this DNS name. */
  issue(name: string): Promise<TlsCredentials> {
    return this.#issue(name);
  }
}
