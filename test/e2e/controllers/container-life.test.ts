import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { keeperServed } from "./quiet.ts";
import { type Setting, startSetting } from "./setting.ts";

describe("a container's life", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.host("host");
  });
  afterAll(() => setting.stop());

  test("server and host become ready", async () => {
    const { tenant, lab } = setting;
    await tenant.ready("VSphereServer", "lab");
    const host = await tenant.ready("VirtualContainerHost", "host");
    expect(host.status?.vsphere?.vApp?.name).toBe("team-a.host");
    expect(await lab.tree()).toContain("team-a.host-bridge");
  });

  test("a container that ends with 7 says so, and leaves its log", async () => {
    const { tenant, lab } = setting;
    await tenant.container("hello", ["sh", "-c", "echo hi; exit 7"]);
    const { status } = await tenant.reason("ContainerVM", "hello", "Exited");
    expect(status?.exit).toMatchObject({ code: 7, reason: "Exited" });
    const log = path.join(lab.datastore("ssd-1"), status?.id ?? "", `${status?.id}.log`);
    expect(await readFile(log, "utf8")).toMatch(/ stdout F hi\n/);
  });

  test("a second one costs two calls to start, three to stop and delete", async () => {
    const { tenant, lab } = setting;
    await keeperServed(tenant, "host");
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

  test("a life costs the API server at most eight writes, beside the user's own two", async () => {
    const { tenant } = setting;
    const lives = 5;
    const before = await tenant.writes();
    for (let life = 0; life < lives; life++) {
      await tenant.container(`life-${life}`, ["sleep", "2"]);
      await tenant.until("ContainerVM", `life-${life}`, ({ status }) => status?.state === "Exited");
      await tenant.delete("ContainerVM", `life-${life}`);
      await tenant.gone("ContainerVM", `life-${life}`);
    }
    const after = await tenant.writes();
    expect((after.others - before.others) / lives - 2).toBeLessThanOrEqual(8);
    expect((after.events - before.events) / lives).toBeLessThanOrEqual(4);
  });

  test("events tell the story of a host, an image and a container", async () => {
    const { tenant } = setting;
    await tenant.container("story", ["sh", "-c", "exit 7"]);
    const { status } = await tenant.reason("ContainerVM", "story", "Exited");
    await tenant.delete("ContainerVM", "story");
    await tenant.gone("ContainerVM", "story");
    const reasons = async (kind: "ContainerVM" | "ContainerImage", name: string) =>
      (await tenant.story(kind, name)).map((each) => each.split(":")[0]);
    await expect.poll(() => reasons("ContainerVM", "story")).toContain("Deleted");
    const vm = status?.vsphere?.name;
    // As sets: what one status tells of is of one moment.
    const told = new Set(await tenant.story("ContainerVM", "story"));
    expect(told).toEqual(
      new Set([
        `Created: VM "${vm}" was made on host ${status?.vsphere?.host}`,
        "Started: The process started (run 1)",
        "Exited: The process ended with exit code 7",
        `Deleted: VM "${vm}" was deleted with its directory`,
      ]),
    );
    expect(await reasons("ContainerImage", status?.imageRef?.name ?? "")).toEqual(
      expect.arrayContaining(["Resolved", "Unpacked"]),
    );
    // The first container had to wait for its image.
    expect((await tenant.story("ContainerVM", "hello")).join("\n")).toContain(
      "Unpacked: Image busybox is unpacked: ",
    );
    const host = (await tenant.story("VirtualContainerHost", "host")).filter((each) =>
      each.startsWith("Created"),
    );
    expect(new Set(host)).toEqual(
      new Set([
        'Created: Made port group "team-a.host-bridge"',
        'Created: Made directory "[ssd-1] team-a/VIC"',
        'Created: Made folder "team-a.host"',
        'Created: Made vApp "team-a.host"',
        'Created: Made VM "team-a.host-keeper"',
      ]),
    );
  });

  test("images with one base share its disk, and give it back with the last of them", async () => {
    const { tenant, lab } = setting;
    const image = (name: string) =>
      tenant.apply("ContainerImage", name, { hostRef: { name: "host" }, image: name });
    await Promise.all([image("jq"), image("debian")]);
    const [jq, debian] = await Promise.all([
      tenant.ready("ContainerImage", "jq"),
      tenant.ready("ContainerImage", "debian"),
    ]);
    const chain = jq.status?.disks ?? [];
    expect(chain.length).toBeGreaterThan(1);
    expect(chain[0]?.chainId).toBe(debian.status?.disks?.[0]?.chainId);
    expect(chain[1]?.parent).toBe(chain[0]?.chainId);
    const file = ({ path: disk }: { path: string }) =>
      path.join(lab.datastore("ssd-1"), disk.replace("[ssd-1] ", ""));
    await tenant.delete("ContainerImage", "jq");
    await tenant.gone("ContainerImage", "jq");
    expect(chain.map((disk) => existsSync(file(disk)))).toEqual(chain.map((_, at) => at === 0));
    await tenant.delete("ContainerImage", "debian");
    await tenant.gone("ContainerImage", "debian");
    expect(chain.some((disk) => existsSync(file(disk)))).toBe(false);
  });

  test("an entrypoint that isn't there, and a command that nobody gave", async () => {
    const { tenant } = setting;
    await tenant.container("missing", ["nonexistent-program"]);
    const { status } = await tenant.reason("ContainerVM", "missing", "EntrypointNotFound");
    expect(status?.state).toBe("Failed");
    expect(status?.exit?.code).toBe(127);
    await tenant.apply("ContainerVM", "silent", {
      hostRef: { name: "host" },
      image: "busybox",
      entrypoint: [],
      command: [],
    });
    await tenant.reason("ContainerVM", "silent", "NoCommand");
    const env = [1, 2, 3].map((at) => ({ name: `LARGE_${at}`, value: "x".repeat(30_000) }));
    await tenant.container("large", ["true"], { env });
    await tenant.reason("ContainerVM", "large", "ConfigTooLarge");
    await tenant.container("not-so-large", ["true"], { env: env.slice(1) });
    await tenant.reason("ContainerVM", "not-so-large", "Completed");
  });

  test("powerState is a level, a request an event", async () => {
    const { tenant } = setting;
    const running = (name: string) => tenant.reason("ContainerVM", name, "Running");
    const run = async (name: string) => (await tenant.get("ContainerVM", name)).status?.run;
    await tenant.container("level", ["sleep", "1000"]);
    await running("level");
    await tenant.container("level", ["sleep", "1000"], { powerState: "Off" });
    await tenant.until("ContainerVM", "level", ({ status }) => status?.state === "Exited");
    expect((await tenant.get("ContainerVM", "level")).status?.exit?.code).toBe(143);
    await tenant.container("level", ["sleep", "1000"], { powerState: "On" });
    await running("level");
    expect(await run("level")).toBe(2);
    const request = (seq: number, action: string) =>
      tenant.container("level", ["sleep", "1000"], { powerState: "On", request: { seq, action } });
    await request(1, "Restart");
    await tenant.until(
      "ContainerVM",
      "level",
      ({ status }) => status?.request === 1 && status.run === 3 && status.state === "Running",
    );
    await request(2, "Kill");
    const killed = await tenant.until(
      "ContainerVM",
      "level",
      ({ status }) => status?.request === 2 && status.state === "Exited",
    );
    expect(killed.status?.exit).toMatchObject({ code: 137, reason: "Killed" });
    await request(3, "Start");
    await tenant.until(
      "ContainerVM",
      "level",
      ({ status }) => status?.request === 3 && status.state === "Running",
    );
    expect(await run("level")).toBe(4);
  });
});
