import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerImage } from "../../../src/api/containerimage.gen.ts";
import { reasonOf } from "./team.ts";
import { untilSeen } from "../until-seen.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Waits for a signal, says which one came, and ends with a code of its own. */
const listener = "trap 'echo got USR1; exit 5' USR1; echo up; while :; do sleep 0.1; done";
/** It has all the time that a busy machine may take. */
const polite = { stopSignal: "SIGUSR1", stopTimeoutSeconds: 120 };
const deaf = "trap '' TERM; echo up; while :; do sleep 0.1; done";

describe.concurrent("a container as a virtual machine", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
  });
  afterAll(() => setting?.stop());

  /** Waits until its process has written so. */
  const output = (id: string | undefined, text: string) =>
    untilSeen(
      `${id} saying ${JSON.stringify(text)}`,
      () => setting.administrator.output(id),
      (all) => all === text,
    );

  test("that ends says with what and when, and leaves its words on the datastore", async () => {
    const { team, administrator } = setting;
    await team.apply(team.container("hello", ["sh", "-c", "echo hi; exit 7"]));
    const status = await team.exited("hello");
    expect(status.exit).toMatchObject({ code: 7, reason: "Exited" });
    expect(Date.parse(status.exit?.at ?? "")).toBeGreaterThanOrEqual(
      Date.parse(status.startedAt ?? ""),
    );
    expect(status).toMatchObject({ run: 1, starts: 1 });
    expect(reasonOf({ status })).toBe("Exited");
    const log = await administrator.file("ssd-1", `${status.id}/${status.id}.log`);
    expect(log).toMatch(
      /^\S+Z vic F \{"run":1\}\n\S+Z stdout F hi\n\S+Z vic F \{"run":1,"exitCode":7\}\n$/,
    );
    await untilSeen(
      "the VM being off",
      () => administrator.properties(status.vsphere?.moRef, ["runtime.powerState"]),
      (seen) => seen?.["runtime.powerState"] === "poweredOff",
    );
  });

  test("has a disk of its own, a child of the image's", async () => {
    const { team, administrator } = setting;
    await team.apply(team.container("disk", ["sleep", "1000"]));
    const status = await team.running("disk");
    const image = await team.get<ContainerImage>("cimg", status.imageRef?.name ?? "");
    const chain = (image.status?.disks ?? []).map(({ path }) => path).toReversed();
    expect(chain).not.toEqual([]);
    const disks = await administrator.disks(status.vsphere?.moRef);
    expect(disks.map(({ fileName, parents }) => ({ fileName, parents }))).toEqual([
      { fileName: `[ssd-1] ${status.id}/${status.id}.vmdk`, parents: chain },
    ]);
  });

  test("shows its address, and in vSphere power, address, host name and tools", async () => {
    const { team, administrator } = setting;
    await team.apply(team.container("web", ["sleep", "1000"]));
    await team.kubectl("wait", "cvm/web", "--for=condition=Ready", "--timeout=120s");
    const status = await team.running("web");
    const address = status.networks?.[0]?.address ?? "";
    expect(address).toMatch(/^172\.16\./);
    const paths = [
      "runtime.powerState",
      "guest.ipAddress",
      "guest.hostName",
      "guest.toolsRunningStatus",
    ];
    // A guest's tools tell one after the other.
    const seen = await untilSeen(
      "the guest in vSphere",
      () => administrator.properties(status.vsphere?.moRef, paths),
      (each) => paths.every((one) => each?.[one] !== undefined),
    );
    expect(seen).toEqual({
      "runtime.powerState": "poweredOn",
      "guest.ipAddress": address,
      "guest.hostName": status.id?.slice(0, 12),
      "guest.toolsRunningStatus": "guestToolsRunning",
    });
    expect(status.hostname).toBe(status.id?.slice(0, 12));
  });

  test("reaches its neighbour on the bridge", async () => {
    const { team } = setting;
    await team.apply(
      team.container("server", [
        "sh",
        "-c",
        "mkdir /www; echo served >/www/f; httpd -f -p 80 -h /www",
      ]),
    );
    const { networks } = await team.running("server");
    const get = `until wget -qO- http://${networks?.[0]?.address}/f; do sleep 0.2; done`;
    await team.apply(team.container("client", ["sh", "-c", get]));
    const { id, exit } = await team.exited("client");
    expect(exit?.code).toBe(0);
    await output(id, "served\n");
  });

  test("gets its signal from Shut Down Guest, and runs again at power-on", async () => {
    const { team, administrator } = setting;
    await team.apply(team.container("listener", ["sh", "-c", listener], polite));
    const { id, vsphere } = await team.running("listener", 1);
    await output(id, "up\n");
    await administrator.shutDownGuest(vsphere?.moRef);
    expect((await team.exited("listener", 1)).exit).toMatchObject({ code: 5, reason: "Exited" });
    await output(id, "up\ngot USR1\n");
    // The guest's last report is an end before the VM is off.
    await team.until("listener", "off", (status) => status.vsphere?.powerState === "poweredOff");
    await administrator.powerOn(vsphere?.moRef);
    const again = await team.running("listener", 2);
    expect(again.starts).toBe(2);
    expect(again.exit).toBeUndefined();
    await output(id, "up\ngot USR1\nup\n");
  });

  test("that is reset has ended, and its process begins again only when it is told to", async () => {
    const { team, administrator } = setting;
    const script = "echo run >>/runs; cat /runs; printf cut; sync; while :; do sleep 0.1; done";
    await team.apply(team.container("reset", ["sh", "-c", script]));
    const { id, vsphere, startedAt } = await team.running("reset", 1);
    await output(id, "run\n");
    await administrator.reset(vsphere?.moRef);
    const status = await team.until(
      "reset",
      "ended and off",
      (now) => now.state === "Exited" && now.vsphere?.powerState === "poweredOff",
    );
    expect(status).toMatchObject({ run: 1, starts: 1, startedAt });
    expect(status.exit).toMatchObject({ code: 137, reason: "Reset" });
    const log = await administrator.file("ssd-1", `${id}/${id}.log`);
    expect(log).toMatch(/\n\S+Z vic F \{"run":1,"exitCode":137,"reason":"Reset"\}\n$/);
    expect(log).not.toContain('{"run":2');
    await team.patch("cvm", "reset", { request: { seq: 1, action: "Start" } });
    expect(await team.running("reset", 2)).toMatchObject({ starts: 2 });
    await output(id, "run\nrun\nrun\n");
  });

  test("stops politely with powerState Off, and starts with On", async () => {
    const { team } = setting;
    await team.apply(
      team.container("level", ["sh", "-c", listener], {
        ...polite,
        stopSignal: "USR1",
      }),
    );
    const { id } = await team.running("level", 1);
    await output(id, "up\n");
    await team.patch("cvm", "level", { powerState: "Off" });
    expect((await team.exited("level")).exit?.code).toBe(5);
    await output(id, "up\ngot USR1\n");
    await team.patch("cvm", "level", { powerState: "On" });
    expect((await team.running("level", 2)).starts).toBe(2);
  });

  test("that doesn't listen is killed once its time is over", async () => {
    const { team } = setting;
    await team.apply(team.container("deaf", ["sh", "-c", deaf], { stopTimeoutSeconds: 2 }));
    const { id } = await team.running("deaf");
    await output(id, "up\n");
    await team.patch("cvm", "deaf", { powerState: "Off" });
    expect((await team.exited("deaf")).exit?.code).toBe(137);
  });

  test("serves each request once: Stop, Start, Restart, Kill", async () => {
    const { team } = setting;
    await team.apply(
      team.container("asked", ["sh", "-c", listener], {
        ...polite,
        stopSignal: "USR1",
      }),
    );
    const { id } = await team.running("asked", 1);
    await output(id, "up\n");
    const ask = (seq: number, action: string, more: object = {}) =>
      team.patch("cvm", "asked", { request: { seq, action, ...more } });
    const served = (seq: number, state: string) =>
      team.until(
        "asked",
        `request ${seq}`,
        (status) =>
          status.request === seq &&
          status.state === state &&
          (state !== "Running" || status.tools === "Running"),
      );
    await ask(1, "Stop");
    expect((await served(1, "Exited")).exit).toMatchObject({ code: 5 });
    await ask(2, "Start");
    expect(await served(2, "Running")).toMatchObject({ run: 2, starts: 2 });
    await output(id, "up\ngot USR1\nup\n");
    await ask(3, "Restart");
    expect(await served(3, "Running")).toMatchObject({ run: 3, starts: 3 });
    await output(id, "up\ngot USR1\nup\ngot USR1\nup\n");
    await ask(4, "Kill");
    expect((await served(4, "Exited")).exit).toMatchObject({ code: 137, reason: "Killed" });
    // Nobody took anything back: the manifest still says On.
    expect(await served(4, "Exited")).toMatchObject({ run: 3, starts: 3 });
  });

  test("honours user, working directory, environment and host name", async () => {
    const { team } = setting;
    const script = 'id -u; id -g; pwd; echo "$GREETING"; echo "$EMPTY."; hostname';
    await team.apply(
      team.container("custom", ["sh", "-c", script], {
        user: "1000:1001",
        workingDir: "/made/for it",
        hostname: "a-name",
        env: [{ name: "GREETING", value: "good  morning" }, { name: "EMPTY" }],
      }),
    );
    const { id, exit } = await team.exited("custom");
    expect(exit?.code).toBe(0);
    await output(id, "1000\n1001\n/made/for it\ngood  morning\n.\na-name\n");
  });

  test("whose program isn't there fails, and says so", async () => {
    const { team } = setting;
    await team.apply(team.container("nothing", ["/no/such/program"]));
    const status = await team.until("nothing", "failed", ({ state }) => state === "Failed");
    expect(status.exit).toMatchObject({ code: 127, reason: "EntrypointNotFound" });
    expect(status.exit?.message).toContain("/no/such/program");
  });
});
