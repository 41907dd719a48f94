import { expect, test } from "vitest";
import { readRegistryAuth } from "./registry-auth.ts";

const login = { username: "ann", password: "pä>?s~" };
const text = JSON.stringify(login);

test.each([undefined, "", "e30=", "e30", "%%%", "bnVsbA==", Buffer.from("[]").toString("base64")])(
  "%j is no login",
  (header) => {
    expect(readRegistryAuth(header)).toBeUndefined();
  },
);

test.each(["identitytoken", "registrytoken"])("a %s is refused, not ignored", (name) => {
  const header = Buffer.from(JSON.stringify({ username: "ann", [name]: "t" })).toString(
    "base64url",
  );
  expect(() => readRegistryAuth(header)).toThrow(expect.objectContaining({ status: 400 }));
});

test.each([
  ["padded, for URLs", `${Buffer.from(text).toString("base64url")}==`],
  ["unpadded", Buffer.from(text).toString("base64url")],
  ["in the usual alphabet", Buffer.from(text).toString("base64")],
  [
    "as the CLI's file keeps it",
    Buffer.from(
      JSON.stringify({ auth: Buffer.from(`ann:${login.password}`).toString("base64") }),
    ).toString("base64url"),
  ],
])("a login is read %s", (_, header) => {
  expect(readRegistryAuth(header)).toEqual(login);
});
