// Certificates as those who use them see them: TLS handshakes of Node's own, which are OpenSSL's.
import { execFileSync } from "node:child_process";
import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, expect, test } from "vitest";
import { type Authority, readAuthority } from "./authority.ts";
import { issueAuthority, issueLeaf } from "./issue.ts";
import { inspectLeaf, type LeafRequest } from "./leaf.ts";
import { LIFETIMES } from "./lifetime.ts";
import type { SecretData } from "./secret-data.ts";

const DAY_MS = 86_400_000;
const now = Date.now();

const serverOf = (...names: string[]): LeafRequest => ({
  commonName: "a.team-a",
  names,
  usages: ["server"],
  lifetimeMs: LIFETIMES.process,
});
const SERVER = serverOf("docker.example.com", "127.0.0.1", "fd00::1");
const CLIENT: LeafRequest = {
  commonName: "client",
  names: [],
  usages: ["client"],
  lifetimeMs: LIFETIMES.client,
};

function read(data: SecretData, at = now): Authority {
  const authority = readAuthority(data, at);
  if (typeof authority === "string") throw new Error(authority);
  return authority;
}

const newAuthority = async (at = now, former?: Authority): Promise<Authority> =>
  read(await issueAuthority("a.team-a", at, former), at);

/** What client and server say of each other; `ok` or an error's code. */
async function handshake(
  server: SecretData,
  client: SecretData | { "ca.crt": string },
  servername = "docker.example.com",
): Promise<string> {
  const listener = tls.createServer({
    key: server["tls.key"],
    cert: server["tls.crt"],
    ca: server["ca.crt"],
    requestCert: true,
    // To hear why: Node only cuts the connection where it refuses by itself.
    rejectUnauthorized: false,
  });
  const seen = new Promise<string>((resolve) => {
    listener.on("secureConnection", (socket) => {
      socket.end();
      resolve(socket.authorized ? "ok" : String(socket.authorizationError));
    });
    listener.on("tlsClientError", (error: NodeJS.ErrnoException) => resolve(error.code ?? "?"));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const socket = tls.connect({
    port: (listener.address() as AddressInfo).port,
    host: "127.0.0.1",
    ...(servername === "127.0.0.1" ? {} : { servername }),
    ca: client["ca.crt"],
    ...("tls.crt" in client ? { key: client["tls.key"], cert: client["tls.crt"] } : {}),
  });
  try {
    const refused = once(socket, "secureConnect").then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
    socket.on("error", () => undefined);
    socket.resume();
    return (await refused) ?? (await seen);
  } finally {
    socket.destroy();
    listener.close();
  }
}

test("a client without a certificate is refused", async () => {
  const authority = await newAuthority();
  const server = await issueLeaf(authority, SERVER, now);
  expect(await handshake(server, { "ca.crt": authority.trusted })).toBe(
    "UNABLE_TO_GET_ISSUER_CERT",
  );
});

test("another host's client is refused, though it calls itself the same", async () => {
  const [ours, theirs] = [await newAuthority(), await newAuthority()];
  const server = await issueLeaf(ours, SERVER, now);
  const client = await issueLeaf(theirs, CLIENT, now);
  expect(await handshake(server, { ...client, "ca.crt": ours.trusted })).toBe(
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  );
  // The client is the first to refuse.
  expect(await handshake(server, client)).toBe("SELF_SIGNED_CERT_IN_CHAIN");
});

test("an expired client is refused, and so is an expired server", async () => {
  const before = now - 400 * DAY_MS;
  const authority = await newAuthority(before);
  const server = await issueLeaf(authority, SERVER, now);
  const client = await issueLeaf(authority, CLIENT, now);
  expect(await handshake(server, client)).toBe("ok");
  expect(await handshake(server, await issueLeaf(authority, CLIENT, before))).toBe(
    "CERT_HAS_EXPIRED",
  );
  expect(await handshake(await issueLeaf(authority, SERVER, before), client)).toBe(
    "CERT_HAS_EXPIRED",
  );
});

test("a server's certificate is none for a client, nor the reverse", async () => {
  const authority = await newAuthority();
  const server = await issueLeaf(authority, SERVER, now);
  const client = await issueLeaf(authority, CLIENT, now);
  expect(await handshake(server, server)).toBe("INVALID_PURPOSE");
  expect(await handshake({ ...client }, client)).toBe("INVALID_PURPOSE");
});

test("a name that the certificate lacks is refused; those that it has are fine, addresses too", async () => {
  const authority = await newAuthority();
  const server = await issueLeaf(authority, SERVER, now);
  const client = await issueLeaf(authority, CLIENT, now);
  expect(await handshake(server, client, "other.example.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await handshake(server, client)).toBe("ok");
  expect(await handshake(server, client, "127.0.0.1")).toBe("ok");
  const bare = await issueLeaf(authority, serverOf("docker.example.com"), now);
  expect(await handshake(bare, client, "127.0.0.1")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

test("while an authority follows another, every mix of old and new is accepted", async () => {
  const before = now - 0.7 * LIFETIMES.authority;
  const former = await newAuthority(before);
  const current = await newAuthority(now, former);
  const leafs = async (authority: Authority) => ({
    server: await issueLeaf(authority, SERVER, now),
    client: await issueLeaf(authority, CLIENT, now),
  });
  const [old, fresh] = [await leafs(former), await leafs(current)];
  expect(await handshake(old.server, old.client)).toBe("ok");
  expect(await handshake(fresh.server, fresh.client)).toBe("ok");
  // Whose folder was written before: it knows the former authority alone.
  expect(await handshake(fresh.server, old.client)).toBe("ok");
  // A gateway that hasn't heard of the new one yet.
  expect(await handshake(old.server, fresh.client)).toBe("ok");
});

test("what has followed twice is accepted by those who know the first alone", async () => {
  const first = await newAuthority(now - 100 * DAY_MS);
  const second = await newAuthority(now - 50 * DAY_MS, first);
  const third = await newAuthority(now, second);
  const server = await issueLeaf(third, SERVER, now);
  const client = await issueLeaf(first, CLIENT, now);
  expect(await handshake(server, client)).toBe("ok");
});

test("a former authority that has expired is trusted no more, nor named", async () => {
  const former = await newAuthority(now - LIFETIMES.authority + DAY_MS);
  const data = await issueAuthority("a.team-a", now, former);
  const later = now + 2 * DAY_MS;
  const [overlap, after] = [read(data), read(data, later)];
  expect(overlap.trusted).toContain(former.certificate.toString().trim());
  expect(after.trusted).toBe(`${after.certificate.toString().trim()}\n`);
  expect(after.chain).toBe("");
  const server = await issueLeaf(overlap, SERVER, now);
  const state = inspectLeaf(server, SERVER, after, later);
  expect(state).toMatchObject({ isGood: false, isTrustGood: false });
});

test("nothing outlives its authority, and isn't renewed in vain", async () => {
  const authority = await newAuthority(now - LIFETIMES.authority + 10 * DAY_MS);
  const leaf = await issueLeaf(authority, SERVER, now);
  const certificate = new X509Certificate(leaf["tls.crt"] ?? "");
  expect(Date.parse(certificate.validTo)).toBeLessThanOrEqual(authority.notAfterMs);
  expect(inspectLeaf(leaf, SERVER, authority, now + 9 * DAY_MS)).toMatchObject({
    isGood: true,
    renewAtMs: undefined,
  });
});

test("a certificate is renewed at two thirds of its life, for other names, and for another key", async () => {
  const authority = await newAuthority();
  const leaf = await issueLeaf(authority, SERVER, now);
  const at = (ms: number, request = SERVER, data: SecretData = leaf): boolean =>
    inspectLeaf(data, request, authority, ms).isGood;
  expect(at(now)).toBe(true);
  expect(at(now + 59 * DAY_MS)).toBe(true);
  expect(at(now + 61 * DAY_MS)).toBe(false);
  expect(at(now, serverOf("docker.example.com", "127.0.0.1", "FD00:0::1"))).toBe(true);
  expect(at(now, serverOf("docker.example.com", "127.0.0.1"))).toBe(false);
  expect(at(now, SERVER, { ...leaf, "tls.key": authorityKey(authority) })).toBe(false);
  expect(at(now, SERVER, { ...leaf, "tls.key": "garbage" })).toBe(false);
  expect(at(now, SERVER, {})).toBe(false);
});

const authorityKey = ({ key }: Authority): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();

const directory = mkdtempSync(join(tmpdir(), "vic-ca-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** An authority as people make theirs. */
function byOpenssl(...algorithm: string[]): SecretData {
  const name = randomBytes(4).toString("hex");
  const [key, crt] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const args = ["req", "-x509", "-nodes", "-days", "30", "-keyout", key, "-out", crt];
  execFileSync("openssl", [...args, "-subj", "/CN=theirs", ...algorithm], { stdio: "ignore" });
  return { "tls.crt": readFileSync(crt, "utf8"), "tls.key": readFileSync(key, "utf8") };
}

test.each([
  ["-newkey", "rsa:2048"],
  ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
  ["-newkey", "ed25519"],
])("an authority of one's own works, %s %s %s", async (...algorithm) => {
  const authority = read(byOpenssl(...algorithm.filter((each) => each !== undefined)));
  const server = await issueLeaf(authority, SERVER, now);
  const client = await issueLeaf(authority, CLIENT, now);
  expect(await handshake(server, client)).toBe("ok");
  expect(createPrivateKey(server["tls.key"] ?? "").asymmetricKeyDetails?.namedCurve).toBe(
    "prime256v1",
  );
});

test("what can't be used as an authority is told by its fault", async () => {
  const good = byOpenssl("-newkey", "rsa:2048");
  const other = byOpenssl("-newkey", "rsa:2048");
  const authority = await newAuthority();
  const leaf = await issueLeaf(authority, SERVER, now);
  expect(readAuthority({}, now)).toBe("tls.crt holds no certificate");
  expect(readAuthority({ ...good, "tls.crt": "-----BEGIN CERTIFICATE-----\nAAAA" }, now)).toBe(
    "tls.crt holds no certificate",
  );
  expect(readAuthority({ ...good, "tls.key": "" }, now)).toBe("tls.key holds no private key");
  expect(readAuthority({ ...good, "tls.key": other["tls.key"] ?? "" }, now)).toBe(
    "tls.key isn't the key of tls.crt",
  );
  expect(readAuthority(leaf, now)).toBe("tls.crt isn't the certificate of an authority");
  expect(readAuthority(good, now + 31 * DAY_MS)).toBe("tls.crt has expired");
});
