import { expect, test } from "vitest";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import {
  containerOfLeft,
  formatLeftContainer,
  isSameContainer,
  parseLeftContainer,
} from "./left-container.ts";

const container = {
  metadata: {
    name: "web-1",
    namespace: "t",
    labels: { a: "b" },
    annotations: { "vic.dev/name-holder": "word" },
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: {
    hostRef: { name: "web" },
    image: "busybox",
    command: ["true"],
    powerState: "Off",
    request: { seq: 3, action: "Start" },
    stopTimeoutSeconds: 10,
    networks: [{ name: "bridge" }],
  },
} as unknown as ContainerVM;
const image = { digest: "sha256:d", imageId: "sha256:i" };

test.each([
  "",
  "{}",
  "null",
  '{"metadata":{"name":"x"}}',
  "not JSON",
  '{"metadata":{"name":"x","namespace":"t"},"spec":{"image":"i"}}',
])("%j tells of no container", (text) => expect(parseLeftContainer(text)).toBeUndefined());

test("a container that is written down and read is the same, without its requests", () => {
  const left = parseLeftContainer(formatLeftContainer(container, image));
  const { request: _request, ...spec } = container.spec;
  expect(left).toEqual({
    metadata: {
      name: "web-1",
      namespace: "t",
      labels: { a: "b" },
      annotations: { "vic.dev/created-at": "2026-01-01T00:00:00Z" },
    },
    spec,
    image: { digest: "sha256:d", id: "sha256:i" },
  });
});

test("what may change live is no difference, all else is", () => {
  const { spec } = container;
  expect(isSameContainer(spec, { ...spec, powerState: "On", stopTimeoutSeconds: 3 })).toBe(true);
  expect(isSameContainer(spec, { ...spec, name: "other" })).toBe(true);
  expect(isSameContainer(spec, { ...spec, image: "nginx" })).toBe(false);
  expect(isSameContainer(spec, { ...spec, env: [{ name: "A", value: "b" }] })).toBe(false);
});

test("it comes back under its name, or beside the one that has it by now", () => {
  const left = parseLeftContainer(formatLeftContainer(container, image))!;
  const id = "0123456789abcdef".repeat(4);
  expect(containerOfLeft(left, id, () => false).metadata).toEqual({
    name: "web-1",
    namespace: "t",
    labels: { a: "b", "vic.dev/host": "web" },
    annotations: { "vic.dev/created-at": "2026-01-01T00:00:00Z", "vic.dev/adopt": id },
  });
  expect(containerOfLeft(left, id, (name) => name === "web-1").metadata?.name).toBe(
    "web-1-01234567",
  );
});
