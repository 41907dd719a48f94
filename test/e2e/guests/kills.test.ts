import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerImage } from "../../../src/api/containerimage.gen.ts";
import type { ContainerVMStatus } from "../../../src/api/containervm.gen.ts";
import type { VSphereServer } from "../../../src/api/vsphereserver.gen.ts";
import { untilSeen } from "../until-seen.ts";
import { expectNothingOf, expectOnePerResource } from "./leftovers.ts";
import { type Setting, startSetting } from "./setting.ts";
import { reasonOf } from "./team.ts";

/** Counts for ever, so that the log shows whether it ever began again. */
const counter = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.5; done";

/** Every process may die at any moment; containers don't care. */
describe("killed while containers run", () => {
  let setting: Setting;
  let steady: ContainerVMStatus;
  let qemu: number;
  beforeAll(async () => {
    setting = await startSetting("team-k");
    const { team } = setting;
    await team.apply(team.container("steady", ["sh", "-c", counter]));
    steady = await team.running("steady");
    qemu = await pidOf(steady.vsphere?.name);
  });
  afterAll(() => setting?.stop());

  async function pidOf(name: string | undefined): Promise<number> {
    const vm = (await setting.installation.vms()).find((each) => each.name === name);
    if (vm?.pid === undefined) throw new Error(`${name} has no process`);
    return vm.pid;
  }

  /** The container of before: same boot, same process, and it never stopped counting. */
  async function expectSteady(): Promise<void> {
    const { team, administrator } = setting;
    const { run, starts, pid, startedAt, vsphere } = steady;
    expect(await team.running("steady")).toMatchObject({ run, starts, pid, startedAt });
    expect(await pidOf(vsphere?.name)).toBe(qemu);
    const count = async () =>
      (await administrator.output(steady.id)).trimEnd().split("\n").map(Number);
    const counted = await count();
    expect(counted).toEqual(counted.map((_, index) => index + 1));
    await untilSeen("a higher count", count, (now) => now.length > counted.length);
  }

  /** Applies until the API server takes it, and waits for the exit code. */
  async function expectLife(name: string): Promise<void> {
    const { team } = setting;
    const container = team.container(name, ["sh", "-c", "exit 3"]);
    await untilSeen(
      `${name} applied`,
      async () => {
        await team.apply(container);
        return true;
      },
      (done) => done,
    );
    expect(await team.exited(name)).toMatchObject({ exit: { code: 3 }, run: 1, starts: 1 });
  }

  test("the console, in the middle of an unpack: it is done again, whole", async () => {
    const { installation, team } = setting;
    const slow = { path: "^/v2/library/large/blobs/", bytesPerSecond: 4_000_000 };
    await installation.order("POST", "/registry/faults", slow);
    await team.apply(team.image("large", "library/large"));
    const { status } = await untilSeen(
      "a disk being filled",
      () => team.get<ContainerImage>("cimg", "large"),
      (image) =>
        image.status?.disks?.some(
          ({ attached, layers }) => attached && layers.some(({ size }) => size > 10_000_000),
        ) === true,
    );
    const filled = status?.disks?.find(({ attached }) => attached);
    expect(status?.unpacks?.some(({ chainId }) => chainId === filled?.chainId) ?? false).toBe(
      false,
    );
    await installation.kill("console");
    await installation.order("DELETE", "/registry/faults");
    const whole = await untilSeen(
      "the image",
      () => team.get<ContainerImage>("cimg", "large"),
      (image) => reasonOf(image) === "Available",
    );
    expect(whole.status?.disks?.map(({ state }) => state)).toEqual(
      whole.status?.disks?.map(() => "Ready"),
    );
    await expectSteady();
  });

  test.each(["operator", "apiserver", "etcd", "controllers", "registry"])(
    "%s: it comes back, and what ran runs on",
    async (role) => {
      const { installation } = setting;
      const former = await installation.pid(role);
      await installation.kill(role);
      await expectLife(`after-${role}`);
      await untilSeen(
        `another ${role}`,
        () => installation.pid(role),
        (pid) => pid !== former,
      );
      await expectSteady();
    },
  );

  test("the operator, between any two steps of what it does", async () => {
    const { installation, team } = setting;
    const names = ["one", "two", "three"];
    await team.apply(...names.map((name) => team.container(name, ["sh", "-c", counter])));
    for (const state of ["Creating", "Starting", "Running"]) {
      await untilSeen(
        `a state about ${state}`,
        () => team.kubectl("get", "cvm", "one", "-o", "jsonpath={.status.state}"),
        (seen) => seen === state || seen === "Running",
      );
      await installation.kill("operator");
    }
    const running = await Promise.all(names.map((name) => team.running(name, 1)));
    expect(running.map(({ starts }) => starts)).toEqual([1, 1, 1]);
    expect(new Set(running.map(({ networks }) => networks?.[0]?.address)).size).toBe(3);
    await team.kubectl("delete", "cvm", ...names, "--wait=false");
    await installation.kill("operator");
    for (const name of names) await team.gone("cvm", name);
    await expectSteady();
    await expectOnePerResource(installation);
  });

  test("all sessions at the vCenter: new ones are had", async () => {
    const { installation } = setting;
    await installation.order("POST", "/sessions/terminate", {});
    await expectLife("after-sessions");
    await expectSteady();
  });

  test("the vCenter's service: it is connected again", async () => {
    const { installation } = setting;
    await installation.order("POST", "/vcenter/restart", { downMs: 1000 });
    await expectLife("after-restart");
    await expectSteady();
  });

  test("a password that isn't right any more, and then is", async () => {
    const { installation, team } = setting;
    const secret = (password: string) =>
      team.kubectl(
        "patch",
        "secret",
        "vcenter",
        "--type=merge",
        "-p",
        JSON.stringify({ stringData: { password } }),
      );
    await secret("of yesterday");
    await installation.order("POST", "/sessions/terminate", {});
    await untilSeen(
      "the refusal",
      () => team.get<VSphereServer>("vss", "lab"),
      (server) => reasonOf(server) === "CredentialsRejected",
    );
    expect(await pidOf(steady.vsphere?.name)).toBe(qemu);
    await secret(setting.administrator.account.password);
    await team.kubectl("wait", "vss/lab", "--for=condition=Ready", "--timeout=120s");
    await expectLife("after-rotation");
    expect(await installation.logOf("operator")).not.toContain("of yesterday");
    // The administrator's own session was ended too.
    const { run, starts, pid } = steady;
    expect(await team.running("steady")).toMatchObject({ run, starts, pid });
  });

  test("the machine under the VMs: containers say that they ended, and start again when told", async () => {
    const { installation, team } = setting;
    await installation.kill("vcenter");
    const status = await team.until(
      "steady",
      "its true state",
      ({ state, vsphere }) => state !== "Running" && vsphere?.powerState === "poweredOff",
    );
    expect(status.state).toBe("Exited");
    expect(status.exit?.code).not.toBe(0);
    const vm = (await installation.vms()).find(({ name }) => name === status.vsphere?.name);
    expect(vm).toMatchObject({ power: "poweredOff" });
    await team.patch("cvm", "steady", { request: { seq: 1, action: "Start" } });
    expect((await team.running("steady")).starts).toBe(2);
    await expectLife("after-vcenter");
    await expectOnePerResource(installation);
  });

  test("nothing is left once all is deleted", async () => {
    const { installation, team } = setting;
    const vms = await installation.vms();
    const pids = vms.flatMap(({ pid }) => pid ?? []);
    const ids = (await team.kubectl("get", "cvm", "-o", "jsonpath={.items[*].status.id}")).split(
      " ",
    );
    await installation.kubectl(["delete", "namespace", team.namespace, "--timeout=120s"]);
    await expectNothingOf(installation, team.namespace, {
      ids,
      pids: pids.filter((pid) => pid !== 0),
    });
  });
});
