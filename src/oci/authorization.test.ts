import { expect, it } from "vitest";
import { parseChallenge } from "./authorization.ts";

it.each([
  ["", undefined],
  ["Negotiate", undefined],
  ["Digest realm=x", undefined],
  ["Basic", { scheme: "basic", parameters: {} }],
  ['basic realm="a, b"', { scheme: "basic", parameters: { realm: "a, b" } }],
  [
    'Bearer realm="https://a/t",service=reg,scope="repository:x:pull,push"',
    {
      scheme: "bearer",
      parameters: { realm: "https://a/t", service: "reg", scope: "repository:x:pull,push" },
    },
  ],
  [
    String.raw`BEARER Realm="a \"b\" \\c"`,
    { scheme: "bearer", parameters: { realm: String.raw`a "b" \c` } },
  ],
  [
    'Basic realm="b", Bearer realm="https://a/t"',
    { scheme: "bearer", parameters: { realm: "https://a/t" } },
  ],
])("reads the challenge %j", (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
