import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { ANNOTATIONS } from "../../../src/api/metadata.ts";
import { check } from "../../../src/check/check.ts";
import { isFault } from "../../../src/check/finding.ts";
import { observe } from "../../../src/check/observe.ts";
import { installCrds } from "../../control-plane/install-crds.ts";
import { type ControlPlane, startControlPlane } from "../../lab/control-plane.ts";
import { Lab } from "../controllers/lab.ts";
import { keeperServed } from "../controllers/quiet.ts";
import type { Tenant } from "../controllers/objects.ts";
import { Cluster } from "./cluster.ts";

// The cluster is lost, and another one is built from what git has, while the VMs run on.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab?.stop());

describe("a cluster that is built anew from git", () => {
  let former: Cluster;
  let anew: ControlPlane;
  let cluster: Cluster;
  const before = new Map<string, ContainerVM>();
  let installation = "";
  let vms: unknown;
  let starts: Record<string, number | undefined>;

  /** What git has of containers. */
  const applyFromGit = async (tenant: Tenant): Promise<void> => {
    await tenant.container("web", ["sleep", "1000"], { powerState: "On" });
    await tenant.container("job", ["sh", "-c", "exit 3"]);
  };

  beforeAll(async () => {
    former = await Cluster.start(lab.kubeconfig, lab);
    const { tenant } = former;
    await tenant.host("host");
    const host = await tenant.ready("VirtualContainerHost", "host");
    installation = host.status?.installation ?? "";
    await applyFromGit(tenant);
    // As the gateway writes it: in no git.
    await tenant.apply("ContainerVM", "docker-made", {
      hostRef: { name: "host" },
      image: "busybox",
      command: ["sleep", "1000"],
      name: "jolly_hopper",
      powerState: "Off",
      request: { seq: 1, action: "Start" },
    });
    await tenant.container("changed", ["sleep", "1000"]);
    for (const name of ["web", "docker-made", "changed"])
      before.set(
        name,
        await tenant.until("ContainerVM", name, ({ status }) => status?.state === "Running"),
      );
    before.set(
      "job",
      // The end of a run is told before its VM is off.
      await tenant.until(
        "ContainerVM",
        "job",
        ({ status }) => status?.state === "Exited" && status.vsphere?.powerState === "poweredOff",
      ),
    );
    starts = Object.fromEntries([...before].map(([name, { status }]) => [name, status?.starts]));
    await keeperServed(tenant, "host");
    vms = await lab.vms();
    await former.stop();
    anew = await startControlPlane();
    await installCrds(anew.kubeconfig);
  });
  afterAll(async () => {
    await cluster?.stop();
    await anew?.stop();
  });

  test("touches nothing that another installation left, and says what to do", async () => {
    cluster = await Cluster.start(anew.kubeconfig, lab);
    const { tenant } = cluster;
    await tenant.host("host");
    const host = await tenant.reason("VirtualContainerHost", "host", "PathOwned");
    const ready = host.status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready?.message).toContain(`installation ${installation}`);
    expect(ready?.message).toContain("spec.adopt.installation");
    expect(await lab.vms()).toEqual(vms);
  });

  test("takes over what spec.adopt names: the same VMs go on, none is started or stopped", async () => {
    const { tenant } = cluster;
    await tenant.host("host", { adopt: { installation } });
    await applyFromGit(tenant);
    await tenant.container("changed", ["sleep", "2000"]);
    await tenant.ready("VirtualContainerHost", "host");
    const web = await tenant.until(
      "ContainerVM",
      "web",
      ({ status }) => status?.state === "Running",
    );
    expect(web.status).toMatchObject({
      id: before.get("web")?.status?.id,
      networks: before.get("web")?.status?.networks,
      startedAt: before.get("web")?.status?.startedAt,
      starts: starts["web"],
      vsphere: { moRef: before.get("web")?.status?.vsphere?.moRef },
    });
    const job = await tenant.until(
      "ContainerVM",
      "job",
      ({ status }) => status?.exit !== undefined,
    );
    expect(job.status?.exit).toEqual(before.get("job")?.status?.exit);
    expect(job.status?.id).toBe(before.get("job")?.status?.id);
  });

  test("has what Docker made, in no git, as resources again", async () => {
    const { tenant } = cluster;
    await expect
      .poll(() => tenant.get("ContainerVM", "docker-made").catch(() => undefined))
      .toBeDefined();
    const back = await tenant.until(
      "ContainerVM",
      "docker-made",
      ({ status }) => status?.state === "Running",
    );
    const was = before.get("docker-made");
    expect(back.status?.id).toBe(was?.status?.id);
    expect(back.status?.starts).toBe(was?.status?.starts);
    expect(back.status?.networks).toEqual(was?.status?.networks);
    expect(back.spec).toEqual({ ...was?.spec, request: undefined });
    expect(back.metadata.annotations?.[ANNOTATIONS.createdAt]).toBe(
      was?.metadata.creationTimestamp,
    );
    expect(back.status?.conditions?.find(({ type }) => type === "NameHeld")).toMatchObject({
      status: "True",
      message: expect.stringContaining("jolly_hopper"),
    });
  });

  test("keeps a VM beside the container that git describes otherwise by now", async () => {
    const { tenant } = cluster;
    const was = before.get("changed")?.status;
    const anotherName = `changed-${was?.id?.slice(0, 8)}`;
    const fresh = await tenant.until(
      "ContainerVM",
      "changed",
      ({ status }) => status?.state === "Running",
    );
    expect(fresh.status?.id).not.toBe(was?.id);
    await expect
      .poll(() => tenant.get("ContainerVM", anotherName).catch(() => undefined))
      .toBeDefined();
    const kept = await tenant.until(
      "ContainerVM",
      anotherName,
      ({ status }) => status?.state === "Running",
    );
    expect(kept.status?.vsphere?.moRef).toBe(was?.vsphere?.moRef);
    const addresses = [kept, fresh].map(({ status }) => status?.networks?.[0]?.address);
    expect(new Set(addresses).size).toBe(2);
  });

  test("is in order: everything there once, nothing left over", async () => {
    await expect.poll(async () => check(await observe(cluster.client)).filter(isFault)).toEqual([]);
  });

  test("is left alone by the former cluster, should that come back", async () => {
    const powered = await lab.vms();
    const again = await Cluster.start(lab.kubeconfig, lab);
    try {
      const { tenant } = again;
      await tenant.reason("VirtualContainerHost", "host", "NameClash");
      await tenant.delete("ContainerVM", "web");
      await tenant.reason("ContainerVM", "web", "Deleting");
      expect(await lab.vms()).toEqual(powered);
      const web = await cluster.tenant.get("ContainerVM", "web");
      expect(web.status?.state).toBe("Running");
    } finally {
      await again.stop();
    }
  });

  test("deletes what it took over as its own", async () => {
    const { tenant } = cluster;
    await tenant.delete("VirtualContainerHost", "host");
    await tenant.gone("VirtualContainerHost", "host");
    expect(await lab.vms()).toEqual([]);
    expect(await lab.tree()).not.toMatch(/team-a|vic-/);
  });
});

describe("a cluster that is restored from an old backup", () => {
  let plane: ControlPlane;
  let cluster: Cluster;
  const before = new Map<string, ContainerVM>();
  let vms: unknown;

  beforeAll(async () => {
    plane = await startControlPlane();
    await installCrds(plane.kubeconfig);
    cluster = await Cluster.start(plane.kubeconfig, lab);
    await cluster.tenant.host("host");
    await cluster.tenant.ready("VirtualContainerHost", "host");
    const running = async (name: string, more: object = {}): Promise<void> => {
      await cluster.tenant.container(name, ["sleep", "1000"], more);
      const is = ({ status }: ContainerVM): boolean => status?.state === "Running";
      before.set(name, await cluster.tenant.until("ContainerVM", name, is));
    };
    await running("old");
    await running("stopped-since");
    await running("deleted-since");
    await cluster.stop();
    const stored = await plane.halt();
    const backup = await mkdtemp(path.join(tmpdir(), "vic-backup-"));
    await cp(stored, backup, { recursive: true });
    plane = await startControlPlane(stored);
    cluster = await Cluster.start(plane.kubeconfig, lab);
    const { tenant } = cluster;
    await running("new");
    await tenant.container("new-and-over", ["sh", "-c", "exit 4"]);
    const over = await tenant.until(
      "ContainerVM",
      "new-and-over",
      ({ status }) => status?.exit?.code === 4 && status.vsphere?.powerState === "poweredOff",
    );
    before.set("new-and-over", over);
    await tenant.container("new-and-never-started", ["true"], { powerState: "Off" });
    await tenant.until(
      "ContainerVM",
      "new-and-never-started",
      ({ status }) => status?.state === "Created",
    );
    await tenant.container("stopped-since", ["sleep", "1000"], { powerState: "Off" });
    await tenant.until(
      "ContainerVM",
      "stopped-since",
      ({ status }) => status?.state === "Exited" && status.vsphere?.powerState === "poweredOff",
    );
    await tenant.delete("ContainerVM", "deleted-since");
    await tenant.gone("ContainerVM", "deleted-since");
    await keeperServed(tenant, "host");
    await cluster.stop();
    await plane.stop();
    vms = await lab.vms();
    plane = await startControlPlane(backup);
    cluster = await Cluster.start(plane.kubeconfig, lab);
  });
  afterAll(async () => {
    await cluster?.stop();
    await plane?.stop();
  });

  const back = async (name: string, state: string): Promise<ContainerVM> => {
    const { tenant } = cluster;
    await expect.poll(() => tenant.get("ContainerVM", name).catch(() => undefined)).toBeDefined();
    return tenant.until("ContainerVM", name, ({ status }) => status?.state === state);
  };

  test("deletes no VM that the backup doesn't know: they are resources again", async () => {
    const fresh = await back("new", "Running");
    expect(fresh.status?.id).toBe(before.get("new")?.status?.id);
    expect(fresh.status?.starts).toBe(1);
    const over = await back("new-and-over", "Exited");
    expect(over.status?.exit).toEqual(before.get("new-and-over")?.status?.exit);
    await back("new-and-never-started", "Created");
  });

  test("goes on with those that it knows, as they are now", async () => {
    const old = await back("old", "Running");
    expect(old.status?.startedAt).toBe(before.get("old")?.status?.startedAt);
    await back("deleted-since", "Gone");
  });

  test("starts and stops nothing but what its manifests say", async () => {
    await back("stopped-since", "Exited");
    expect(await lab.vms()).toEqual(vms);
    const { tenant } = cluster;
    await tenant.delete("ContainerVM", "deleted-since");
    await tenant.gone("ContainerVM", "deleted-since");
    await expect.poll(async () => check(await observe(cluster.client)).filter(isFault)).toEqual([]);
  });
});
