import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { standInConsole } from "./console.ts";
import { Lab } from "./lab.ts";
import { Tenant } from "./objects.ts";
import { startOperator, type TestOperator } from "./operator.ts";

describe("a container's life", () => {
  let lab: Lab;
  let operator: TestOperator;
  let tenant: Tenant;
  let stopConsole: () => Promise<void>;

  beforeAll(async () => {
    lab = await Lab.start();
    operator = await startOperator(lab.kubeconfig);
    tenant = new Tenant(operator.client, lab, "team-a");
    stopConsole = standInConsole(operator.client);
    await tenant.server();
    await tenant.host("host");
  });
  afterAll(async () => {
    await stopConsole();
    await operator.stop();
    await lab.stop();
  });

  test("server and host become ready", async () => {
    await tenant.ready("VSphereServer", "lab");
    const host = await tenant.ready("VirtualContainerHost", "host");
    expect(host.status?.vsphere?.vApp?.name).toBe("team-a.host");
    expect(await lab.tree()).toContain("team-a.host-bridge");
  });

  test("a container that ends with 7 says so", async () => {
    await tenant.container("hello", ["sh", "-c", "echo hi; exit 7"]);
    const container = await tenant.reason("ContainerVM", "hello", "Exited", 60_000);
    expect(container.status?.exit).toMatchObject({ code: 7, reason: "Exited" });
  });

  test("a second one costs two calls to start, three to stop and delete", async () => {
    await lab.resetCalls();
    await tenant.container("web", ["sleep", "1000"]);
    const web = await tenant.reason("ContainerVM", "web", "Running");
    expect(web.status?.networks?.[0]?.address).toBe("172.16.0.3");
    expect(await lab.calls()).toEqual({ CreateChildVM_Task: 1, PowerOnVM_Task: 1 });
    await tenant.until("ContainerVM", "web", ({ status }) => status?.tools === "Running");
    await lab.resetCalls();
    await tenant.delete("ContainerVM", "web");
    await tenant.gone("ContainerVM", "web");
    expect(await lab.calls()).toEqual({
      ShutdownGuest: 1,
      UnregisterVM: 1,
      DeleteDatastoreFile_Task: 1,
    });
  });
});
