import { describe, expect, test } from "vitest";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { certificateNames, planEndpoint } from "./docker-endpoint.ts";

const gateway = { host: "docker.example.com", port: 2376 };

const host = (name: string, docker: object, creationTimestamp = "2026-01-01T00:00:00Z") =>
  ({
    metadata: { namespace: "team", name, uid: name, creationTimestamp },
    spec: { docker: { tls: { mode: "Verify" }, ...docker } },
  }) as unknown as VirtualContainerHost;

test("without port and server name nobody finds it", () => {
  expect(planEndpoint(host("a", {}), [], gateway)).toMatchObject({ reason: "NotExposed" });
});

describe("of two that want the same, the older one has it", () => {
  const old = host("z", { port: 4000, serverNames: ["z.example.com"] });
  const taken = (docker: object): unknown =>
    planEndpoint(host("a", docker, "2026-01-01T00:00:01Z"), [old], gateway);

  test("a port", () => {
    expect(taken({ port: 4000 })).toMatchObject({
      reason: "EndpointTaken",
      message: expect.stringContaining("VirtualContainerHost team/z has port 4000"),
    });
    expect(planEndpoint(old, [host("a", { port: 4000 }, "2026-01-01T00:00:01Z")], gateway)).toBe(
      "tcp://docker.example.com:4000",
    );
  });

  test("a server name, however it is written", () => {
    expect(taken({ port: 4001, serverNames: ["Z.Example.com"] })).toMatchObject({
      reason: "EndpointTaken",
    });
  });

  test("of one second, the name decides", () => {
    const [a, b] = [host("a", { port: 1 }), host("b", { port: 1 })];
    expect(planEndpoint(a, [b], gateway)).toContain("tcp:");
    expect(planEndpoint(b, [a], gateway)).toMatchObject({ reason: "EndpointTaken" });
  });
});

test("a port of its own is on the gateway; otherwise the first server name is, on the shared one", () => {
  expect(planEndpoint(host("a", { port: 4000, serverNames: ["a.b"] }), [], gateway)).toBe(
    "tcp://docker.example.com:4000",
  );
  expect(planEndpoint(host("a", { serverNames: ["a.b", "c.d"] }), [], gateway)).toBe(
    "tcp://a.b:2376",
  );
  expect(planEndpoint(host("a", { port: 1 }), [], { host: "fd00::1", port: 2 })).toBe(
    "tcp://[fd00::1]:1",
  );
});

test("the certificate is for its names, the gateway's, and its own, each once", () => {
  const names = ["A.example.com", "docker.example.com", "127.0.0.1"];
  expect(certificateNames(host("a", { serverNames: names }), gateway)).toEqual([
    "a.example.com",
    "docker.example.com",
    "127.0.0.1",
    "a.team",
  ]);
});
