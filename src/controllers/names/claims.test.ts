import { expect, test } from "vitest";
import type { ContainerName } from "../../api/containername.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { claimKeyOf, holderOf, isClaimOf } from "./claims.ts";

const container = (name: string, more: object = {}, spec: object = {}): ContainerVM =>
  ({
    metadata: {
      namespace: "team-a",
      name,
      uid: `uid-${name}`,
      creationTimestamp: "2026-11-22T10:00:00Z",
      ...more,
    },
    spec: { hostRef: { name: "host" }, image: "busybox", ...spec },
  }) as unknown as ContainerVM;
const claim = (name: string, holder: string, host = "host"): ContainerName =>
  ({
    metadata: { namespace: "team-a", name: "name-x", uid: "uid-claim" },
    spec: { hostRef: { name: host }, name, holder },
  }) as unknown as ContainerName;
const annotated = (word: string) => ({ annotations: { "vic.dev/name-holder": word } });

test.each([
  ["nobody's holder", claim("web", "other"), container("web")],
  ["another host's container", claim("web", "uid-web", "elsewhere"), container("web")],
  ["another namespace's container", claim("web", "uid-web"), container("web", { namespace: "b" })],
  ["one that was renamed since", claim("web", "uid-web"), container("web", {}, { name: "web-2" })],
])("%s has no name by a claim", (_, of, each) => {
  expect(holderOf(of, [each])).toBeUndefined();
});

test("a claim is its holder's by UID, or by the word that Docker wrote", () => {
  const web = container("web");
  expect(holderOf(claim("web", "uid-web"), [web])).toBe(web);
  const docker = container("c-1", annotated("nonce"), { name: "Web.1" });
  expect(holderOf(claim("Web.1", "nonce"), [docker])).toBe(docker);
});

test("of copies with one holder's word the oldest has the name, and each claim is still one of all", () => {
  const old = container("a", annotated("nonce"), { name: "web" });
  const young = container(
    "b",
    { ...annotated("nonce"), creationTimestamp: "2026-11-22T10:00:01Z" },
    { name: "web" },
  );
  expect(holderOf(claim("web", "nonce"), [young, old])).toBe(old);
  expect(isClaimOf(claim("web", "nonce"), young)).toBe(true);
});

test("two who want one name need the same claim, of another host or case another", () => {
  expect(claimKeyOf(container("web"))).toBe(claimKeyOf(container("c-1", {}, { name: "web" })));
  const others = [
    container("c", {}, { name: "Web" }),
    container("web", {}, { hostRef: { name: "other" } }),
  ];
  for (const other of others) expect(claimKeyOf(other)).not.toBe(claimKeyOf(container("web")));
});
