import { rename } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { check } from "../../../src/check/check.ts";
import { isFault } from "../../../src/check/finding.ts";
import { observe } from "../../../src/check/observe.ts";
import { createKubeClient } from "../../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import type { LabVm } from "../running-lab.ts";
import { untilSeen } from "../until-seen.ts";
import { WholeLab } from "./whole-lab.ts";

// The cluster is lost with all that it had, and made anew from what git keeps, while a real process runs on in its VM.

const manifests = path.resolve(import.meta.dirname, "../../../manifests");
/** Counts aloud, and ends as it likes. */
const SCRIPT = 'trap "exit 9" TERM; i=0; while true; do i=$((i + 1)); echo $i; sleep 0.1; done';

interface Kept {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: object;
}

let lab: WholeLab;
let before: { container: ContainerVM; vm: LabVm | undefined; counted: number };

const kubectl = (...args: string[]): Promise<string> => lab.installation.kubectl(args);

const container = async (): Promise<ContainerVM> =>
  JSON.parse(await kubectl("get", "cvm", "keeps", "-n", "team-a", "-o", "json")) as ContainerVM;

const vmOf = async ({ status }: ContainerVM): Promise<LabVm | undefined> =>
  (await lab.installation.vms()).find(({ name }) => name === status?.vsphere?.name);

const numbers = async (): Promise<number[]> =>
  (await lab.docker.get("logs", "keeps")).split("\n").map(Number);

/** What git has of objects, which docs/tasks/disaster.md lists. */
async function kept(): Promise<Kept[]> {
  const objects: Kept[] = [{ kind: "Namespace", metadata: { name: "team-a" } }];
  for (const args of [
    ["secret", "-n", "vic-system", "lab-vcenter"],
    ["secret", "-n", "team-a", "team-a-link", "team-a-docker-ca"],
    ["vss", "-n", "vic-system"],
    ["vols,vch,cvm", "-n", "team-a"],
  ]) {
    const found = JSON.parse(await kubectl("get", ...args, "-o", "json")) as { items?: Kept[] };
    for (const { metadata, ...object } of found.items ?? [found as Kept]) {
      const { status: _status, ...manifest } = object as Kept & { status?: unknown };
      const { name, namespace } = metadata;
      objects.push({ ...manifest, metadata: { name, ...(namespace && { namespace }) } });
    }
  }
  return objects;
}

const uidOfCluster = (): Promise<string> =>
  kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}");

/** Loses the cluster, and applies to an empty one what git has, with `spec.adopt`. */
async function rebuild(): Promise<void> {
  const former = await uidOfCluster();
  const objects = await kept();
  await lab.installation.kill("apiserver");
  await rename(
    path.join(lab.installation.root, ".lab/etcd"),
    path.join(lab.installation.root, ".lab/etcd-lost"),
  );
  const others = ["etcd", "apiserver", "controllers", "operator", "console", "gateway"];
  await Promise.all(others.map((role) => lab.installation.kill(role)));
  await untilSeen("another cluster", uidOfCluster, (uid) => uid !== former && uid !== "");
  await kubectl("apply", "-f", path.join(manifests, "namespace.yaml"));
  await kubectl("apply", "--server-side", "-f", path.join(manifests, "crds"));
  await kubectl("apply", "-f", path.join(manifests, "rbac"));
  await kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s");
  const adopt = { installation: former };
  await lab.installation.apply(
    ...objects.map((object) =>
      ["VolumeStore", "VirtualContainerHost"].includes(object.kind)
        ? { ...object, spec: { ...object.spec, adopt } }
        : { apiVersion: "v1", ...object },
    ),
  );
}

beforeAll(async () => {
  lab = await WholeLab.start();
  const spec = { hostRef: { name: "team-a" }, image: "busybox", command: ["sh", "-c", SCRIPT] };
  await lab.installation.apply({
    apiVersion: "vic.dev/v1alpha1",
    kind: "ContainerVM",
    metadata: { namespace: "team-a", name: "keeps" },
    spec: { ...spec, powerState: "On" },
  });
  const running = "--for=jsonpath={.status.state}=Running";
  await kubectl("wait", "cvm/keeps", "-n", "team-a", running, "--timeout=120s");
  const counted = await untilSeen("numbers", numbers, (seen) => seen.length > 5);
  const found = await container();
  before = { container: found, vm: await vmOf(found), counted: counted.length };
  await rebuild();
});
afterAll(() => lab?.stop());

test("a process goes on as if nothing had been", async () => {
  await kubectl("wait", "vch/team-a", "-n", "team-a", "--for=condition=Ready", "--timeout=120s");
  const now = await untilSeen("the container", container, (it) => it.status?.state === "Running");
  const { id, run, starts, vsphere } = before.container.status ?? {};
  expect(now.status).toMatchObject({ id, run, starts, vsphere: { moRef: vsphere?.moRef } });
  expect(now.metadata.uid).not.toBe(before.container.metadata.uid);
  expect(before.vm?.pid).toBeGreaterThan(0);
  expect((await vmOf(now))?.pid).toBe(before.vm?.pid);
  const seen = await untilSeen("more", numbers, ({ length }) => length > before.counted + 20);
  expect(seen).toEqual(seen.map((_, index) => index + 1));
});

test("docker execs in it, with the Secrets that were kept, and hears its exit code", async () => {
  const said = await untilSeen(
    "exec",
    () => lab.docker.run(["exec", "keeps", "sh", "-c", "echo I am $(hostname)"]),
    ({ code }) => code === 0,
  );
  expect(said.stdout).toMatch(/^I am [0-9a-f]{12}\n$/);
  await lab.docker.get("stop", "-t", "120", "keeps");
  expect(await lab.docker.get("inspect", "-f", "{{.State.ExitCode}}", "keeps")).toBe("9");
  await lab.docker.get("start", "keeps");
  expect(await lab.docker.get("exec", "keeps", "echo", "again")).toBe("again");
});

test("and everything is there once", async () => {
  const client = createKubeClient(await loadKubeconfig(lab.installation.kubeconfig), "test");
  await expect.poll(async () => check(await observe(client)).filter(isFault)).toEqual([]);
  await client.close();
});
