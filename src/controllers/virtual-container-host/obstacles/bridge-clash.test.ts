import { describe, expect, test } from "vitest";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import { bridgeProblem } from "./bridge-clash.ts";

const host = (name: string, second: number, bridge: object, server = "vc") =>
  ({
    metadata: {
      namespace: "team",
      name,
      uid: name,
      creationTimestamp: `2026-01-01T00:00:0${second}Z`,
    },
    spec: { serverRef: { name: server }, networks: { bridge } },
  }) as unknown as VirtualContainerHost;

const identity = (key: string): string => (key.endsWith("alias") ? "team/vc" : key);

describe("the younger of two is refused, and told of the older one", () => {
  test.each([
    [{ switch: "dvs", vlan: 7 }, 'VLAN 7 of "dvs"'],
    [{ switch: "dvs" }, '"dvs" without a VLAN'],
    [{ portGroup: "private" }, 'port group "private"'],
  ])("%j", (bridge, carrier) => {
    const [old, young] = [host("z", 1, bridge), host("a", 2, bridge)];
    expect(bridgeProblem(young, [old, young], identity)).toMatchObject({
      reason: "NetworkTaken",
      message: expect.stringContaining(`VirtualContainerHost team/z has ${carrier}`),
    });
    expect(bridgeProblem(old, [old, young], identity)).toBeUndefined();
  });

  test("although they name their vCenter differently", () => {
    const [old, young] = [
      host("old", 1, { switch: "dvs", vlan: 7 }),
      host("new", 2, { switch: "dvs", vlan: 7 }, "alias"),
    ];
    expect(bridgeProblem(young, [old], identity)).toHaveProperty("reason", "NetworkTaken");
  });
});

test.each([
  [{ switch: "dvs", vlan: 8 }, "vc"],
  [{ switch: "dvs" }, "vc"],
  [{ switch: "other", vlan: 7 }, "vc"],
  [{ portGroup: "dvs" }, "vc"],
  [{ switch: "dvs", vlan: 7 }, "another"],
])("%j on %s is no clash with VLAN 7", (bridge, server) => {
  const old = host("old", 1, { switch: "dvs", vlan: 7 });
  expect(bridgeProblem(host("new", 2, bridge, server), [old], identity)).toBeUndefined();
});
