import { expect, it } from "vitest";
import { endpoints } from "./endpoint.ts";
import { parseReference } from "./reference.ts";
import type { RegistrySettings } from "./settings.ts";

const mirror = (endpoint: string): RegistrySettings => ({
  mirrors: [{ registry: "docker.io", endpoint }],
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
