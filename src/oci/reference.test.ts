import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ImageError } from "./errors.ts";
import { formatReference, parseReference } from "./reference.ts";

const digest = `sha256:${"ab".repeat(32)}`;

describe("parseReference", () => {
  it.each([
    ["", "repository"],
    ["Busybox", "repository"],
    ["busybox:", "tag"],
    ["busybox@sha256:12", "digest"],
    ["busybox:a b", "tag"],
    ["reg.example.com:99999999/a", "registry host"],
    ["a//b", "repository"],
    ["../etc", "registry host"],
    ["a".repeat(256), "255"],
  ])("refuses %j and says what is wrong", (text, part) => {
    expect(() => parseReference(text)).toThrow(ImageError);
    expect(() => parseReference(text)).toThrow(part);
  });

  it.each([
    ["busybox", "docker.io/library/busybox:latest"],
    ["team/app:1.2", "docker.io/team/app:1.2"],
    ["index.docker.io/busybox", "docker.io/library/busybox:latest"],
    ["localhost/app", "localhost/app:latest"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"],
    ["[::1]:5000/app", "[::1]:5000/app:latest"],
    [`reg.example.com/a/b@${digest}`, `reg.example.com/a/b@${digest}`],
    [`busybox:1@${digest}`, `docker.io/library/busybox:1@${digest}`],
  ])("completes %s to %s as dockerd does", (text, whole) => {
    expect(formatReference(parseReference(text))).toBe(whole);
  });

  it("reads its own whole form back to the same", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
    const text = fc
      .tuple(
        fc.constantFrom("", "reg.example.com/", "localhost:5000/"),
        fc.array(component, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("", ":v1", `@${digest}`),
      )
      .map(([registry, path, end]) => `${registry}${path.join("/")}${end}`);
    fc.assert(
      fc.property(text, (each) => {
        const whole = parseReference(each);
        expect(parseReference(formatReference(whole))).toEqual(whole);
      }),
    );
  });
});
