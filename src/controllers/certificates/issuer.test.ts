import { afterEach, expect, test } from "vitest";
import { type Authority, readAuthority } from "./authority.ts";
import { Issuer } from "./issuer.ts";
import { inspectLeaf, type LeafRequest } from "./leaf.ts";

const now = Date.now();
const request: LeafRequest = {
  commonName: "x",
  names: ["a.example.com"],
  usages: ["server"],
  lifetimeMs: 86_400_000,
};
const issuers: Issuer[] = [];
afterEach(() => issuers.splice(0).forEach((each) => each.close()));

function start(): Issuer {
  const issuer = new Issuer();
  issuers.push(issuer);
  return issuer;
}

async function authorityBy(issuer: Issuer, former?: Authority): Promise<Authority> {
  const authority = readAuthority(await issuer.authority("x", now, former), now);
  if (typeof authority === "string") throw new Error(authority);
  return authority;
}

test("what can't be signed with fails with its fault, and the next one is issued", async () => {
  const issuer = start();
  const authority = await authorityBy(issuer);
  const spoilt = { ...authority, data: { ...authority.data, "tls.key": "spoilt" } };
  await expect(issuer.leaf(spoilt, request, now)).rejects.toThrow("tls.key holds no private key");
  expect(await issuer.leaf(authority, request, now)).toHaveProperty(["tls.crt"]);
});

test("when its process ends, what was asked fails, and another process serves what follows", async () => {
  const issuer = start();
  const lost = issuer.authority("x", now);
  issuer.close();
  await expect(lost).rejects.toThrow("the issuing process was ended");
  expect(await issuer.authority("x", now)).toHaveProperty(["tls.crt"]);
});

test("many at once are each what was asked for, also by a successor", async () => {
  const issuer = start();
  const former = await authorityBy(issuer);
  const authority = await authorityBy(issuer, former);
  expect(authority.trusted).toContain(former.certificate.toString().trim());
  const names = Array.from({ length: 20 }, (_, index) => `n${index}.example.com`);
  const leafs = names.map((name) => issuer.leaf(authority, { ...request, names: [name] }, now));
  for (const [index, data] of (await Promise.all(leafs)).entries()) {
    const wanted = { ...request, names: [names[index] ?? ""] };
    expect(inspectLeaf(data, wanted, authority, now)).toMatchObject({ isGood: true });
  }
});
