import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { leaseKind } from "../../../src/kube/core-kinds.ts";
import { startTenancy } from "./tenancy.ts";

test("an operator that loses its lease between two calls doesn't make the second", async () => {
  const tenancy = await startTenancy();
  const { lab, client, tenant } = tenancy;
  const directory = await mkdtemp(path.join(tmpdir(), "vic-lease-"));
  const iso = path.join(directory, "vic.iso");
  await writeFile(iso, "not an ISO: simulated guests don't boot");
  const main = path.resolve(import.meta.dirname, "../../../src/main.ts");
  const args = ["--guest-iso", iso, "--console-address=10.118.0.1:2377"];
  const lease = [
    "--namespace=default",
    "--lease-identity=test",
    "--serial-address=127.0.0.1:2378",
    "--gateway-address=127.0.0.1",
  ];
  const options = { env: { KUBECONFIG: lab.kubeconfig }, stdio: "ignore" } as const;
  const operator = spawn(process.execPath, [main, "operator", ...args, ...lease], options);
  try {
    const ended = once(operator, "exit");
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host");
    // The operator looks at its lease every 2 s: it sees that this is another's while this call is on its way.
    const method = "CreateChildVM_Task";
    await tenant.container("first", ["sleep", "1000"]);
    await tenant.until("ContainerVM", "first", ({ status }) => status?.state === "Running");
    await lab.resetCalls();
    await lab.order("POST", "/delays", { method, delayMs: 20_000, count: 1 });
    await tenant.container("c1", ["sleep", "1000"]);
    while ((await lab.calls())[method] === undefined) await sleep(10);
    const metadata = { annotations: { "vic.dev/holder-run": "another" } };
    const patch = { metadata, spec: { holderIdentity: "thief" } };
    const ref = { namespace: "default", name: "vic-operator" };
    await client.patch(leaseKind, ref, { type: "merge", patch });
    expect((await ended)[0]).toBe(1);
    expect(await lab.calls()).not.toHaveProperty("PowerOnVM_Task");
  } finally {
    operator.kill("SIGKILL");
    await tenancy.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
