import fc from "fast-check";
import { expect, test } from "vitest";
import { checkName } from "./claim.ts";
import { objectNames } from "./object-name.ts";
import { randomName } from "./random-name.ts";

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const holder = "0123456789abcdef0123456789abcdef";

test.each(["a", "", "-a", ".a", "_a", "a b", "a/b", "a\nb", "ä", "x".repeat(256)])(
  "%j is refused as a name",
  (name) => {
    expect(() => checkName(name)).toThrow(/^Invalid container name \(/);
  },
);

test.each([
  ["web", "web"],
  ["My_Web.1", "my-web-1"],
  ["a--", "a"],
  ["x".repeat(64), `${"x".repeat(54)}-01234567`],
])("%s is %s in Kubernetes", (name, expected) => {
  expect(objectNames(name, holder)[0]).toBe(expected);
});

test("whatever the name, a resource can have what is made of it, in both ways", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/), (name) => {
      checkName(name);
      for (const each of objectNames(name, holder)) expect(each).toMatch(dnsLabel);
    }),
  );
});

test("a name is found also where all of two words are taken", () => {
  const name = randomName((each) => !/\d/.test(each));
  expect(name).toMatch(/^[a-z]+_[a-z]+\d+$/);
  checkName(name);
});
