import { describe, expect, test } from "vitest";
import type {
  ContainerVM,
  ContainerVMSpecRequest,
  ContainerVMStatusExit,
} from "../../../api/containervm.gen.ts";
import { stateConditions } from "./condition-of.ts";
import { asDockerEvent } from "./docker-event.ts";
import { ANNOTATIONS } from "../../../api/metadata.ts";
import { lifeEvents } from "./life-events.ts";
import type { Known } from "./status-of.ts";

const vm = (powerState: "poweredOn" | "poweredOff") => ({
  moRef: "VirtualMachine:vm-1",
  name: "web-0123",
  host: "esx-1",
  powerState,
});
const running: Known = {
  state: "Running",
  run: 1,
  startedAt: "2026-01-01T00:00:00Z",
  servedPowerState: "On",
  vsphere: vm("poweredOn"),
};
const exited = (exit: ContainerVMStatusExit): Known => ({
  ...running,
  state: "Exited",
  exit,
  vsphere: vm("poweredOff"),
});
const container = (request?: ContainerVMSpecRequest): ContainerVM =>
  ({
    metadata: { namespace: "n", name: "web", uid: "u" },
    spec: {
      hostRef: { name: "host" },
      image: "busybox",
      labels: { "com.example/x": "1" },
      ...(request ? { request } : {}),
    },
    status: { id: "ab".repeat(32) },
  }) as unknown as ContainerVM;
const told = (before: Known, now: Known, wantedOff = false): string[] => {
  const [ready] = stateConditions(now.state ?? "Pending", wantedOff, now.exit);
  return lifeEvents(container(), before, now, ready).map(
    ({ reason, note }) => `${reason}: ${note}`,
  );
};
/** What `docker events` shows, by action. */
const docker = (
  before: Known,
  now: Known,
  request?: ContainerVMSpecRequest,
): [action: string, attributes: Record<string, string>][] => {
  const [ready] = stateConditions(now.state ?? "Pending", false, now.exit);
  return lifeEvents(container(request), before, now, ready).flatMap(({ annotations, labels }) => {
    const text = annotations?.[ANNOTATIONS.dockerEvent];
    if (text === undefined) return [];
    expect(labels).toEqual({ "vic.dev/host": "host" });
    const { action, attributes } = JSON.parse(text) as {
      action: string;
      attributes: Record<string, string>;
    };
    return [[action, attributes] as const] as [string, Record<string, string>][];
  });
};

describe("a container's events", () => {
  test("aren't written twice", () => {
    expect(told(running, running)).toEqual([]);
    const seven = exited({ code: 7, reason: "Exited" });
    expect(told(seven, seven)).toEqual([]);
  });

  test("warn of an end that somebody should look at, and of no other", () => {
    const types = (exit: ContainerVMStatusExit): string[] => {
      const [ready] = stateConditions("Exited", false, exit);
      return lifeEvents(container(), running, exited(exit), ready).map(
        ({ type, reason }) => `${type} ${reason}`,
      );
    };
    expect(types({ code: 137, reason: "OOMKilled", oomKilled: true })).toEqual([
      "Normal OOMKilled",
      "Warning OOMKilled",
    ]);
    expect(types({ code: 7, reason: "Exited" })).toEqual(["Normal Exited"]);
  });

  test("tell of a VM that was made and started by one status", () => {
    expect(told({ state: "Creating" }, running)).toEqual([
      'Created: VM "web-0123" was made on host esx-1',
      "Started: The process started (run 1)",
    ]);
  });

  test("tell of a VM that was found, and of one that came back", () => {
    expect(told({}, running)[0]).toBe('Created: VM "web-0123" was found on host esx-1');
    const gone: Known = { ...exited({ code: 0 }), state: "Gone" };
    expect(told(gone, exited({ code: 0 }))).toEqual([
      'Created: VM "web-0123" is back on host esx-1',
    ]);
  });

  test("tell how a run ended, as the condition does", () => {
    const seven = { code: 7, reason: "Exited" };
    expect(told(running, exited(seven))).toEqual(["Exited: The process ended with exit code 7"]);
    expect(told(running, exited(seven), true)).toEqual([
      "Stopped: The process ended with exit code 7",
    ]);
    expect(told(running, exited({ code: 0, reason: "Completed" }))).toEqual([
      "Completed: The process ended with exit code 0",
    ]);
  });

  test("tell of a power-on that no wish of the resource explains", () => {
    const before = exited({ code: 0 });
    const again = { ...running, run: 2, startedAt: "2026-01-01T00:01:00Z" };
    expect(told(before, again)).toEqual([
      "PoweredOn: The VM was powered on in vSphere",
      "Started: The process started (run 2)",
    ]);
    expect(told(before, { ...again, request: 1 })).toEqual([
      "Started: The process started (run 2)",
    ]);
  });

  test("tell of a power-on that came before the status told of the power-off", () => {
    const ending = { ...exited({ code: 0 }), vsphere: vm("poweredOn") };
    const starting: Known = { ...ending, state: "Starting" };
    const again: Known = { ...running, run: 2, startedAt: "2026-01-01T00:01:00Z" };
    const started = "Started: The process started (run 2)";
    expect(told(ending, again)).toEqual(["PoweredOn: The VM was powered on in vSphere", started]);
    expect(told(ending, starting)).toHaveLength(1);
    expect(told(starting, again)).toEqual([started]);
    expect(told(ending, { ...again, request: 1 })).toEqual([started]);
    expect(told(ending, exited({ code: 0 }))).toEqual([]);
  });

  test("tell of a second run that ended before anybody saw it run", () => {
    const once = exited({ code: 0, reason: "Completed" });
    const twice = { ...once, run: 2, startedAt: "2026-01-01T00:01:00Z" };
    expect(told(once, twice)).toHaveLength(2);
  });
});

describe("what Docker tools are told", () => {
  const attributes = { image: "busybox", name: "web", "com.example/x": "1" };
  const creating: Known = { state: "Creating" };

  test("of a life: create, start, die, with what dockerd says of each", () => {
    expect(docker(creating, running)).toEqual([
      ["create", attributes],
      ["start", attributes],
    ]);
    expect(docker(running, exited({ code: 7, reason: "Exited" }))).toEqual([
      ["die", { ...attributes, exitCode: "7" }],
    ]);
  });

  test("of a short life by one status, in the same order", () => {
    const now = exited({ code: 0, reason: "Completed" });
    expect(docker(creating, now).map(([action]) => action)).toEqual(["create", "start", "die"]);
  });

  test("of a process that never started: die, and no start", () => {
    const { startedAt: _, ...never } = exited({ code: 127, reason: "EntrypointNotFound" });
    const actions = docker(creating, { ...never, state: "Failed" }).map(([action]) => action);
    expect(actions).toEqual(["create", "die"]);
  });

  test("of a run that another one followed, its end unseen", () => {
    const next: Known = { ...running, run: 2, startedAt: "2026-01-01T00:01:00Z" };
    expect(docker(running, next)).toEqual([
      ["die", { ...attributes, exitCode: "137" }],
      ["start", attributes],
    ]);
    expect(docker(running, { ...running, hostname: "h" })).toEqual([]);
  });

  test("of memory that ran out, before the end", () => {
    const now = exited({ code: 137, reason: "OOMKilled", oomKilled: true });
    expect(docker(running, now).map(([action]) => action)).toEqual(["oom", "die"]);
  });

  test.each([
    ["Stop", ["die", "stop"]],
    ["Kill", ["kill", "die"]],
  ] as const)("of a %s that is served", (action, actions) => {
    const now = { ...exited({ code: 137, reason: "Killed" }), request: 1, stopRequested: true };
    expect(docker(running, now, { seq: 1, action }).map(([each]) => each)).toEqual(actions);
  });

  test("of a restart: the end, the start, and that", () => {
    const request = { seq: 1, action: "Restart" } as const;
    const between = exited({ code: 143, reason: "Exited" });
    const again: Known = { ...running, run: 2, startedAt: "2026-01-01T00:01:00Z", request: 1 };
    const actions = [...docker(running, between, request), ...docker(between, again, request)];
    expect(actions.map(([action]) => action)).toEqual(["die", "start", "restart"]);
  });

  test("of a stop that the manifest asks for; of a power-off in vSphere its end alone", () => {
    const now = { ...exited({ code: 143, reason: "Exited" }), stopRequested: true };
    expect(docker(running, { ...now, servedPowerState: "Off" }).map(([each]) => each)).toEqual([
      "die",
      "stop",
    ]);
    expect(docker(running, now).map(([each]) => each)).toEqual(["die"]);
  });

  test("labels that an Event can't hold are left out", () => {
    const big = container();
    big.spec.labels = { a: "x".repeat(300_000) };
    const event = { type: "Normal", reason: "Started", action: "Start", note: "" } as const;
    const text = asDockerEvent(big, event, "start").annotations?.[ANNOTATIONS.dockerEvent] ?? "";
    expect(text.length).toBeLessThan(1000);
    expect(JSON.parse(text)).toMatchObject({ id: "ab".repeat(32), attributes: { name: "web" } });
  });
});
