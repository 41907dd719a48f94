import { expect, it } from "vitest";
import { endpoints } from "./endpoint.ts";
import { parseReference } from "./reference.ts";
import type { RegistrySettings } from "./settings.ts";

const mirror = (endpoint: string): RegistrySettings => ({
  mirrors: [{ registry: "docker.io", endpoint }],
});

it.each<[string, string[], boolean]>([
  ["busybox", ["docker.io"], true],
  ["busybox", ["registry.example.com"], false],
  ["busybox", [], false],
  ["reg.example.com/a", ["*.example.com"], true],
  ["REG.example.com/a", ["reg.Example.com"], true],
  ["reg.sub.example.com/a", ["*.example.com"], true],
  ["example.com/a", ["*.example.com"], false],
  ["evilexample.com/a", ["*.example.com"], false],
  ["reg.example.com:5000/a", ["reg.example.com"], false],
  ["reg.example.com:5000/a", ["*.example.com:5000"], true],
])("%s is asked for where %j are allowed: %s", (text, allow, isAsked) => {
  const ask = () => endpoints(parseReference(text), { allow });
  if (isAsked) expect(ask()).not.toEqual([]);
  else expect(ask).toThrow(/may not be used here: the host's spec\.registries\.allow has/);
});

it("a mirror doesn't make its registry allowed", () => {
  const settings = { ...mirror("https://mirror.example.com"), allow: ["mirror.example.com"] };
  expect(() => endpoints(parseReference("busybox"), settings)).toThrow("docker.io");
});

it.each<[string, RegistrySettings, string[]]>([
  ["busybox", {}, ["https://registry-1.docker.io verified"]],
  ["reg.example.com/a", {}, ["https://reg.example.com verified"]],
  [
    "reg.example.com/a",
    { insecure: ["reg.example.com"] },
    ["https://reg.example.com", "http://reg.example.com"],
  ],
  ["127.0.0.1:5000/a", {}, ["https://127.0.0.1:5000", "http://127.0.0.1:5000"]],
  ["busybox", mirror("http://127.0.0.1:5000/"), ["http://127.0.0.1:5000"]],
  ["busybox", mirror("https://mirror.example.com"), ["https://mirror.example.com verified"]],
  ["reg.example.com/a", mirror("https://mirror.example.com"), ["https://reg.example.com verified"]],
])("asks for %s with %j at %j", (text, settings, expected) => {
  expect(
    endpoints(parseReference(text), settings).map(({ url, verify }) =>
      verify ? `${url} verified` : url,
    ),
  ).toEqual(expected);
});
