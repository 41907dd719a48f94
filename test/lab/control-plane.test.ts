import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";

const run = promisify(execFile);

describe("the lab's control plane", { timeout: 240_000 }, () => {
  let plane: ControlPlane;
  const kubectl = async (...args: string[]) =>
    (await run("kubectl", ["--kubeconfig", plane.kubeconfig, ...args])).stdout;

  beforeAll(async () => {
    plane = await startControlPlane();
  }, 600_000);
  afterAll(async () => plane?.stop());

  it("refuses a role what RBAC doesn't give it", async () => {
    const args = [
      "--kubeconfig",
      plane.kubeconfigs["vic-operator"] ?? "",
      "get",
      "secrets",
      "-n",
      "kube-system",
    ];
    await expect(run("kubectl", args)).rejects.toThrow(
      /system:serviceaccount:vic-system:vic-operator.*cannot list/,
    );
  });

  it("collects the dependants of a deleted owner", async () => {
    await kubectl("create", "configmap", "owner");
    const uid = await kubectl("get", "configmap", "owner", "-o", "jsonpath={.metadata.uid}");
    await kubectl("create", "configmap", "dependant");
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
    await kubectl(
      "patch",
      "configmap",
      "dependant",
      "-p",
      JSON.stringify({ metadata: { ownerReferences: [owner] } }),
    );
    await kubectl("delete", "configmap", "owner");
    await kubectl("wait", "--for=delete", "configmap/dependant", "--timeout=120s");
  });

  it("keeps its objects when the API server and etcd are killed", async () => {
    await kubectl("create", "configmap", "kept");
    await plane.kill("etcd");
    await plane.kill("apiserver");
    await expect
      .poll(async () => kubectl("get", "configmap", "kept", "-o", "name").catch(String), {
        timeout: 120_000,
      })
      .toBe("configmap/kept\n");
  });

  it("finishes the deletion of a namespace", async () => {
    await kubectl("create", "namespace", "short-lived");
    await kubectl("create", "configmap", "inside", "-n", "short-lived");
    await kubectl("delete", "namespace", "short-lived", "--timeout=120s");
  });
});
