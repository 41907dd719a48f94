import { describe, expect, test } from "vitest";
import { readLogin } from "./vsphere-login.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const spec = { url: "https://vc.example.com", credentialsSecretRef: { name: "ops" } };
const login = { url: "https://vc.example.com", username: "ops", password: "secret-1" };

describe("readLogin", () => {
  test("names what is missing", () => {
    expect(readLogin(spec, undefined)).toMatchObject({
      reason: "CredentialsMissing",
      message: expect.stringContaining('"ops"'),
    });
    expect(readLogin(spec, { username: base64("ops") })).toMatchObject({
      reason: "CredentialsMissing",
      message: expect.stringContaining("no password"),
    });
    expect(readLogin(spec, {})).toMatchObject({
      message: expect.stringContaining("no username and no password"),
    });
  });

  test("takes the Secret's values, less a line break at the password's end", () => {
    expect(readLogin(spec, { username: base64("ops"), password: base64("secret-1\n") })).toEqual(
      login,
    );
  });
});
