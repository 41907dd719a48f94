import { describe, expect, test } from "vitest";
import { dockerdShapes, shapeOf, without } from "../../../test/gateway/json-shape.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { inspectOf } from "./inspect.ts";
import { summaryOf } from "./summary.ts";

const metadata = {
  name: "web",
  namespace: "team",
  uid: "e9b5c3a1-0000-4000-8000-000000000000",
  resourceVersion: "7",
  generation: 1,
  creationTimestamp: "2026-11-22T14:00:00Z",
};
const networks = [
  {
    name: "bridge",
    address: "172.16.0.2/12",
    prefixLength: 12,
    gateway: "172.16.0.1",
    mac: "00:50:56:00:00:01",
  },
];

const created: ContainerVM = {
  apiVersion: "vic.dev/v1alpha1",
  kind: "ContainerVM",
  metadata,
  spec: {
    hostRef: { name: "host" },
    image: "busybox",
    name: "shc",
    command: ["true"],
    networks: [{ name: "bridge" }],
    powerState: "Off",
    stopTimeoutSeconds: 10,
  },
};

const running: ContainerVM = {
  ...created,
  spec: {
    ...created.spec,
    labels: { a: "b" },
    hostname: "h",
    exposedPorts: ["80/tcp"],
    memoryMiB: 128,
    cpus: 1,
    stopSignal: "INT",
    stopTimeoutSeconds: 5,
    groups: ["44"],
    restart: { policy: "OnFailure", maxRetries: 3 },
    env: [{ name: "A", value: "1" }],
    command: ["sleep", "1000"],
  },
  status: { state: "Running", startedAt: "2026-11-22T14:00:01Z", pid: 7, networks },
};

const image = {
  metadata,
  spec: { hostRef: { name: "host" }, image: "busybox" },
  status: { imageId: "sha256:0", sizeBytes: 1, config: { env: ["PATH=/bin"], cmd: ["sh"] } },
} as unknown as ContainerImage;

/** Where ours differs, and why. */
const differences: Readonly<Record<string, string>> = {
  // A VM's disk has no identity that a client could use.
  "GraphDriver.Data": "null",
  // None can be chosen, so none is named.
  "HostConfig.MaskedPaths": "null",
  "HostConfig.ReadonlyPaths": "null",
};

const options = { image, hostId: "h", size: true };

describe("has exactly the fields that dockerd's has, with their types:", () => {
  test("inspect of a running container", () => {
    const expected = without(dockerdShapes.inspect, "GraphDriver.Data.ID");
    expect(shapeOf(inspectOf(running, options))).toEqual({ ...expected, ...differences });
  });

  test("inspect of one that was never started", () => {
    const expected = without(dockerdShapes.inspectCreated, "GraphDriver.Data.ID");
    const shown = shapeOf(inspectOf(created, { ...options, size: false }));
    expect(shown).toEqual({ ...expected, ...differences });
  });

  test("a list's entry", () => {
    const shown = shapeOf(summaryOf(running, options, Date.now()));
    expect(shown).toEqual(dockerdShapes.summary);
  });
});
