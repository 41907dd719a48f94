import ssh2 from "ssh2";
import { expect, it } from "vitest";
import { deriveLinkKey } from "./link-key.ts";

const secret = Buffer.alloc(32, 7);

it("refuses a Secret too short to be one", () => {
  expect(() => deriveLinkKey(Buffer.alloc(31), "a")).toThrow("32 bytes");
});

it("gives the same key again, and another to each guest and each Secret", () => {
  const key = deriveLinkKey(secret, "a");
  expect(deriveLinkKey(secret, "a")).toEqual(key);
  expect(deriveLinkKey(secret, "b").authorizedKey).not.toBe(key.authorizedKey);
  expect(deriveLinkKey(Buffer.alloc(32, 8), "a").authorizedKey).not.toBe(key.authorizedKey);
});

it("is read by the SSH client, whose public key is the one that the guest gets", () => {
  const { privateKey, authorizedKey } = deriveLinkKey(secret, "a");
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  expect(`ssh-ed25519 ${parsed.getPublicSSH().toString("base64")}`).toBe(authorizedKey);
  expect(parsed.verify("data", parsed.sign("data"))).toBe(true);
});
