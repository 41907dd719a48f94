// A container's life by docker, its guest booted, where vCenter isn't as it is believed to be: the positions that a guest or a stream
// notices. As it is believed to be, test/e2e/docker lives it; serial lines and logs otherwise are in test/e2e/console/lines.test.ts.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WholeLab } from "../docker/whole-lab.ts";
import { Administrator } from "../administrator.ts";
import { PyvmomiAdministrator, ref } from "../controllers/pyvmomi-administrator.ts";
import { untilSeen } from "../until-seen.ts";

let lab: WholeLab;
let admin: Administrator;
const names: string[] = [];

beforeAll(async () => {
  lab = await WholeLab.start();
  admin = await Administrator.login(lab.installation);
});
afterAll(async () => {
  await admin?.close();
  await lab?.stop();
});
afterEach(async () => {
  await lab.installation.order("DELETE", "/assume");
  await lab.docker.run(["rm", "-f", ...names.splice(0)]);
});

const assume = (assumptions: object) => lab.installation.order("POST", "/assume", assumptions);

/** Runs a shell's script in the background. */
async function start(name: string, script: string): Promise<void> {
  names.push(name);
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sh", "-c", script);
}

const inspect = (name: string, what: string) => lab.docker.get("inspect", "-f", what, name);

const becomes = (name: string, status: string) =>
  untilSeen(
    `${name} to be ${status}`,
    () => inspect(name, "{{.State.Status}}"),
    (now) => now === status,
  );

const logsOf = (name: string, until: string) =>
  untilSeen(
    `${name} to say ${JSON.stringify(until)}`,
    () => lab.docker.get("logs", name),
    (text) => text.endsWith(until),
  );

/** The VM of a container, as statuses call it. */
async function vmOf(name: string): Promise<string> {
  const id = await inspect(name, "{{.Id}}");
  const vms = await lab.installation.vms();
  const vm = vms.find((one) => one.name.endsWith(`-${id.slice(0, 12)}`));
  if (!vm) throw new Error(`no VM of ${name}`);
  return `VirtualMachine:${vm.moref}`;
}

/** Says what a shell's script ends with, and what it has said. */
async function runs(name: string, script: string, ...options: string[]): Promise<object> {
  names.push(name);
  const args = ["run", "--name", name, ...options, "busybox", "sh", "-c", script];
  const { code, stdout, stderr } = await lab.docker.run(args);
  return { code, stdout, stderr };
}

const SPEAKS = "echo out; echo err >&2; exit 7";
const SPOKEN = { code: 7, stdout: "out\n", stderr: "err\n" };
const POLITE = "trap 'echo bye; exit 9' TERM; echo here; while true; do sleep 0.1; done";

test("cards, disks and tools that are otherwise than asked for: a container has its network, its files and its end", async () => {
  await assume({ ownMacs: true, toolsDelayMs: 10_000, guestLagMs: 300 });
  await assume({ noSwap: true, capacityRequired: true, wholeDevices: true });
  // More than one disk: they are made one above the other, by a worker whose card has another address, too.
  await lab.docker.get("pull", "-q", "jq");
  await lab.docker.get("pull", "-q", "busybox");
  expect(await runs("speaks", SPEAKS)).toEqual(SPOKEN);

  await start("serves", "while true; do echo from afar | nc -l -p 80; done");
  const address = await inspect("serves", "{{.NetworkSettings.Networks.bridge.IPAddress}}");
  const mac = await inspect("serves", "{{.NetworkSettings.Networks.bridge.MacAddress}}");
  const cards = await admin.cards(await vmOf("serves"));
  expect(cards).toEqual([mac]);
  const ask = `until nc -w 2 ${address} 80 </dev/null; do sleep 0.2; done`;
  expect(await runs("asks", ask)).toMatchObject({ code: 0, stdout: "from afar\n" });
  expect(await lab.docker.get("exec", "serves", "cat", "/sys/class/net/eth0/address")).toBe(mac);

  await start("polite", POLITE);
  await logsOf("polite", "here");
  await lab.docker.get("stop", "-t", "60", "polite");
  expect(await inspect("polite", "{{.State.Status}} {{.State.ExitCode}}")).toBe("exited 9");
  expect(await logsOf("polite", "bye")).toBe("here\nbye");
});

test("keys that outlast a power-off, logs that begin anew, tools that say nothing: a container starts again after its power was cut", async () => {
  await assume({ keepVolatileKeys: true, truncateSerialFiles: true, noTools: true });
  await start("again", "echo here; sleep 1000");
  await logsOf("again", "here");
  const vm = await vmOf("again");
  await admin.powerOff(vm);
  await becomes("again", "exited");
  await lab.docker.get("start", "again");
  expect(await logsOf("again", "here")).toBe("here");
  expect(await lab.docker.get("exec", "again", "echo", "in it")).toBe("in it");
  // Nobody can be asked to stop: the power is cut at the timeout.
  await lab.docker.get("stop", "-t", "2", "again");
  expect(await inspect("again", "{{.State.Status}} {{.State.ExitCode}}")).toBe("exited 137");
  expect(await runs("speaks", SPEAKS)).toEqual(SPOKEN);
});

test("guestinfo with little room: what can't be reported isn't started, and the status says why", async () => {
  await assume({ guestInfoBytes: 8192, serialMustAnswer: true });
  expect(await runs("speaks", SPEAKS)).toEqual(SPOKEN);
  const large = ["-e", `LARGE=${"x".repeat(8192)}`];
  const refused = (await runs("large", "echo has begun", ...large)) as { stderr: string };
  expect(refused).toMatchObject({ stdout: "" });
  expect(refused.stderr).toContain("tools.setInfo.sizeLimit");
  const status = "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}";
  expect(await inspect("large", status)).toMatch(/^\w+ 128 .*tools\.setInfo\.sizeLimit/);
});

test("a host that vCenter doesn't hear of: its containers run on, streams too, and what was asked of them is done when it is back", async () => {
  await start("afar", POLITE);
  await logsOf("afar", "here");
  const hosts = [...(await lab.installation.tree()).matchAll(/\[HostSystem (\S+)\]/g)];
  const say = (state: string) =>
    Promise.all(
      hosts.map(([, host]) =>
        lab.installation.order("POST", `/hosts/${host}/connection`, { state }),
      ),
    );
  await say("disconnected");
  let stop: Promise<unknown>;
  try {
    expect(await lab.docker.get("exec", "afar", "echo", "in it")).toBe("in it");
    stop = lab.docker.get("stop", "-t", "60", "afar");
    expect(await inspect("afar", "{{.State.Status}}")).toBe("running");
  } finally {
    await say("connected");
  }
  await stop;
  expect(await inspect("afar", "{{.State.Status}} {{.State.ExitCode}}")).toBe("exited 9");
});

describe("an administrator's acts, of whose power vCenter hears late", () => {
  let bob: PyvmomiAdministrator;
  let vApp: string;
  beforeAll(async () => {
    bob = await PyvmomiAdministrator.login(lab.installation);
    const where = "-o=jsonpath={.status.vsphere.vApp.moRef}";
    vApp = await lab.installation.kubectl(["get", "vch", "-n", "team-a", "team-a", where]);
  });
  afterAll(() => bob?.close());

  /** Waits until vCenter says so of a VM. */
  const isTold = (vm: string, property: string, value: string) =>
    untilSeen(
      `${property} of ${vm} to be ${value}`,
      () => bob.get(vm, property),
      (told) => told === value,
    );

  test("it is renamed and moved while it runs, stopped by its guest, unregistered, and is the same container when it is back", async () => {
    await assume({ powerLagMs: 3000 });
    await start("same", POLITE);
    await logsOf("same", "here");
    const vm = await vmOf("same");
    await bob.call(vm, "Rename_Task", { newName: "by Bob" });
    await bob.call(await bob.rootPool(), "MoveIntoResourcePool", { list: [ref(vm)] });
    await becomes("same", "dead");
    await bob.call(vApp, "MoveIntoResourcePool", { list: [ref(vm)] });
    await becomes("same", "running");
    expect(await lab.docker.get("exec", "same", "echo", "in it")).toBe("in it");

    await isTold(vm, "runtime.powerState", "poweredOn");
    await isTold(vm, "guest.toolsRunningStatus", "guestToolsRunning");
    await bob.call(vm, "ShutdownGuest");
    await becomes("same", "exited");
    expect(await inspect("same", "{{.State.ExitCode}}")).toBe("9");
    expect(await logsOf("same", "bye")).toBe("here\nbye");
    await isTold(vm, "runtime.powerState", "poweredOff");
    const path = await bob.get(vm, "config.files.vmPathName");
    await bob.call(vm, "UnregisterVM");
    await becomes("same", "dead");
    await bob.call(vApp, "RegisterChildVM_Task", { path });
    await becomes("same", "exited");
    expect(await inspect("same", "{{.State.ExitCode}}")).toBe("9");
    await lab.docker.get("start", "same");
    expect(await logsOf("same", "bye\nhere")).toBe("here\nbye\nhere");
  });

  test("it is deleted from disk: it is dead, and what has its image's disks runs on, and starts", async () => {
    await assume({ powerLagMs: 3000 });
    await Promise.all([start("sister", "echo here; sleep 1000"), start("gone", POLITE)]);
    await Promise.all([logsOf("sister", "here"), logsOf("gone", "here")]);
    const vm = await vmOf("gone");
    await isTold(vm, "runtime.powerState", "poweredOn");
    await bob.call(vm, "PowerOffVM_Task");
    await isTold(vm, "runtime.powerState", "poweredOff");
    await bob.call(vm, "Destroy_Task");
    await becomes("gone", "dead");
    const busybox = "cat /bin/busybox | wc -c";
    expect(Number(await lab.docker.get("exec", "sister", "sh", "-c", busybox))).toBeGreaterThan(0);
    expect(await runs("speaks", SPEAKS)).toEqual(SPOKEN);
  });
});
