import { stat } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import { untilSeen } from "../until-seen.ts";
import { type Interruption, type LifeOptions, runMany, runs, wantInVain } from "./life.ts";
import type { Setting } from "../controllers/setting.ts";

/** The lab the other way round in one respect, or in some that have nothing to do with each other, and what a life in it is like. */
export interface Position extends LifeOptions {
  /** Switches of the lab and their values (docs/lab.md). */
  readonly assume: Readonly<Record<string, true | number>>;
  /** What is otherwise, where no switch says it. */
  readonly what?: string;
}

/** Signs everybody out. */
const signOut: Interruption = async ({ lab }) => {
  await lab.order("POST", "/sessions/terminate");
};

const restartVCenter: Interruption = async ({ lab }) => {
  await lab.order("POST", "/vcenter/restart", { downMs: 200 });
};

/** Cuts vCenter off from its hosts for a while. */
const cutOff =
  (state: "disconnected" | "notResponding"): Interruption =>
  async (setting, tenant) => {
    const hosts = await hostsOf(setting);
    const say = (to: string) =>
      Promise.all(
        hosts.map((host) => setting.lab.order("POST", `/hosts/${host}/connection`, { state: to })),
      );
    await say(state);
    try {
      await wantInVain(tenant);
    } finally {
      await say("connected");
    }
  };

/** More containers than the host's port group has ports. */
const crowd: Interruption = (_setting, tenant) => runMany(tenant, 9);

/** Deletes the guests' ISO. Reason of a container that is started then; undefined: it runs. */
const takeIso =
  (reason: string | undefined): Interruption =>
  async ({ admin, lab }, tenant) => {
    const { status } = await tenant.get("VirtualContainerHost", "host");
    const iso = status?.isoPath ?? "";
    await admin.deletePath(iso);
    const command = ["sleep", "1000"];
    await tenant.container("blank", command);
    if (reason === undefined) return void (await runs(tenant, "blank"));
    await tenant.reason("ContainerVM", "blank", reason);
    await tenant.container("blank", command, { powerState: "Off" });
    await tenant.until("ContainerVM", "blank", (container) => container.status?.state === "Exited");
    // The host puts it back.
    const file = path.join(lab.datastore("ssd-1"), iso.replace(/^\[.*\] /, ""));
    await untilSeen(
      "the ISO",
      () => stat(file),
      ({ size }) => size > 0,
    );
    await tenant.container("blank", command, { powerState: "On" });
    await runs(tenant, "blank");
  };

/** A container that is stopped, and one that is killed, before vCenter tells that it is on: each has one run, and its end is the real one. */
const stopEarly: Interruption = async ({ lab }, tenant) => {
  const stay = ["sleep", "1000"];
  const [stop, kill] = [{ powerState: "Off" }, { request: { seq: 1, action: "Kill" } }];
  const acts = { stopped: [stop, 143], killed: [kill, 137] } as const;
  await lab.order("POST", "/calls/reset");
  const ends = Object.entries(acts).map(async ([name, [wish, code]]) => {
    await tenant.container(name, stay);
    await runs(tenant, name);
    await tenant.container(name, stay, wish);
    const { status } = await tenant.until(
      "ContainerVM",
      name,
      (container) => container.status?.state === "Exited",
    );
    expect(status).toMatchObject({ starts: 1, exit: { code } });
    // The end of a run is told before its VM is off.
    const vmName = `${name}-${status?.id?.slice(0, 12)}`;
    const power = async () => (await lab.vms()).find((one) => one.name === vmName)?.power;
    await expect.poll(power).toBe("poweredOff");
  });
  await Promise.all(ends);
  // What vCenter refuses isn't asked for without a pause.
  expect((await lab.calls())["PowerOffVM_Task"] ?? 0).toBeLessThan(30);
};

const hostsOf = async ({ lab }: Setting): Promise<string[]> =>
  [...(await lab.tree()).matchAll(/\[HostSystem (\S+)\]/g)].map(([, moref = ""]) => moref);

/** In the order of docs/vcenter-assumptions.md, as far as they stand alone. */
export const POSITIONS: readonly Position[] = [
  { assume: { resetUnset: true, deniedInTask: true } },
  { assume: { idleSessionMs: 700 } },
  // The operator's and the administrator's.
  { assume: { maxSessions: 2 }, interrupt: signOut },
  { assume: { lateNotAuthenticated: true }, interrupt: signOut },
  { assume: { noKeyedPaths: true } },
  { assume: { missingKeyFaults: true, unsetAsRemove: true } },
  { assume: { noViewsOfVApps: true } },
  { assume: { noViewsInLists: true } },
  { assume: { updatesPerPage: 1 } },
  { assume: { noPoolInVApps: true, vAppsOutsideFolders: true } },
  { assume: { guestLagMs: 300 } },
  { assume: { lagMs: 100 } },
  // In the queue they are seen before they are forgotten.
  { assume: { forgetTasks: true, queueMs: 50 } },
  { assume: { stateFirst: true } },
  { assume: { queueMs: 100 } },
  // What is suspended is asked for alone: test/e2e/controllers/acts-places.test.ts.
  { assume: { refuseBusy: true, queueMs: 50, refuseSuspended: true } },
  { assume: { noHomeDirectory: true } },
  { assume: { powerLagMs: 2000 }, interrupt: stopEarly },
  { assume: { capacityRequired: true, noSwap: true, wholeDevices: true } },
  { assume: { guestInfoBytes: 65_536, truncateSerialFiles: true, toolsDelayMs: 500 } },
  { assume: { ownMacs: true, shortNames: true } },
  { assume: { fixedPorts: true }, interrupt: crowd },
  { assume: { noTools: true }, stopCode: 137 },
  { assume: { bootWithoutMedium: true }, interrupt: takeIso("Unresponsive") },
  { assume: {}, what: "an ISO is deleted", interrupt: takeIso(undefined) },
  { assume: { serialMustAnswer: true, noSerialRedial: true } },
  { assume: { noDrs: true } },
  { assume: { bareDuplicateName: true } },
  {
    assume: {
      halfUploads: true,
      untypedListings: true,
      // Asked on vSAN alone: test/e2e/shapes/vsan.test.ts.
      unfoundNames: true,
      partialDeletes: true,
      lockedReads: true,
      noRanges: true,
      noHead: true,
      lateLogsMs: 500,
    },
  },
  // What is only laxer.
  {
    assume: {
      openCurrentTime: true,
      keyedAlwaysAssign: true,
      steadyChangeVersion: true,
      parallelWaits: true,
      tasksSurvive: true,
      keepVolatileKeys: true,
      sameInstanceUuids: true,
      sameChildNames: true,
      keepParents: true,
      unregisterWaits: true,
      remakeDirectories: true,
    },
    interrupt: restartVCenter,
  },
  { assume: {}, what: "hosts are disconnected", interrupt: cutOff("disconnected") },
  { assume: {}, what: "hosts don't respond", interrupt: cutOff("notResponding") },
];
