// What a person sees: kubectl's tables, as the API server makes them from the printer columns.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, inject, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
const namespace = "columns";

const kubectl = async (...args: string[]): Promise<string> => {
  const all = ["--kubeconfig", inject("kubeconfig"), "-n", namespace, ...args];
  return (await run("kubectl", all, { cwd: root })).stdout;
};

const patchStatus = (what: string, status: object): Promise<string> =>
  kubectl("patch", what, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));

/** Rows of a table, cells apart; kubectl separates columns by at least three blanks. */
const cells = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/ {3,}/));

beforeAll(async () => {
  await kubectl("create", "namespace", namespace);
  await kubectl("apply", "-f", "crds/examples/valid");
});

test("a container shows its state, address and exit code", async () => {
  await patchStatus("cvm/hello", {
    id: "0".repeat(64),
    state: "Exited",
    exit: { code: 7 },
    networks: [{ name: "bridge", address: "172.16.0.2" }],
  });
  const [head, row] = cells(await kubectl("get", "cvm", "hello"));
  expect(head).toEqual(["NAME", "HOST", "IMAGE", "STATE", "IP", "EXIT", "AGE"]);
  expect(row?.slice(0, -1)).toEqual(["hello", "team-a", "busybox", "Exited", "172.16.0.2", "7"]);
});

test("a host shows how full it is, and why it isn't ready", async () => {
  await patchStatus("vch/small", {
    usage: { containers: 3, running: 2 },
    conditions: [
      {
        type: "Ready",
        status: "False",
        reason: "ServerNotReady",
        message: "The VSphereServer dc-west isn't reachable.",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  });
  const [head, row] = cells(await kubectl("get", "vch", "small"));
  expect(head).toEqual(["NAME", "SERVER", "CONTAINERS", "RUNNING", "READY", "REASON", "AGE"]);
  expect(row?.slice(0, -1)).toEqual(["small", "dc-west", "3", "2", "False", "ServerNotReady"]);
});

test("kubectl get vic shows all kinds", async () => {
  const names = await kubectl("get", "vic", "-o", "name");
  for (const kind of [
    "vsphereserver",
    "volumestore",
    "virtualcontainerhost",
    "containerimage",
    "containervm",
  ]) {
    expect(names).toContain(`${kind}.vic.dev/`);
  }
});
