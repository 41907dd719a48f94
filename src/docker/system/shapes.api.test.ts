import { describe, expect, test } from "vitest";
import { dockerdShapes, shapeOf, without } from "../../../test/gateway/json-shape.ts";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call } = onGateway();

describe("has exactly the fields that dockerd's has, with their types:", () => {
  test("info", async () => {
    const { body } = await call("GET", "/info");
    // What dockerd leaves out where it is empty, and what follows from where it runs.
    const optional = ["Containerd", "FirewallBackend", "CgroupVersion", "KernelMemoryTCP"];
    const varying = ["RegistryConfig.IndexConfigs.", "Runtimes."];
    const theirs = without(dockerdShapes.info, ...optional, ...varying);
    const ours = without(shapeOf(body), ...optional, ...varying);
    expect(ours).toEqual({ ...theirs, DriverStatus: "array" });
  });

  test("version", async () => {
    const ours = without(shapeOf((await call("GET", "/version")).body), "Components[].Details.");
    expect(ours).toEqual(without(dockerdShapes.version, "Experimental"));
  });

  test("a network", async () => {
    const ours = shapeOf((await call("GET", "/networks/bridge")).body);
    // The range's gateway is the operator's to know.
    const theirs = without(dockerdShapes.network, "IPAM.Config[].Gateway");
    expect(without(ours, "Containers.")).toEqual(theirs);
  });
});
