import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { docker, hasDockerCli } from "../../../test/gateway/docker-cli.ts";
import { addContainer } from "../../../test/gateway/docker-containers.ts";
import { Wire } from "../../../test/gateway/docker-wire.ts";
import { eventually } from "../../../test/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../../../test/fault-proxy.ts";
import { LocalConsole } from "../../../test/consoles/local-console.ts";
import {
  DockerHosts,
  runGateway,
  type RunningGateway,
} from "../../../test/gateway/running-gateway.ts";
import { ANNOTATIONS, LABELS } from "../../api/metadata.ts";
import { eventKind } from "../../kube/core-kinds.ts";

const console = new LocalConsole();
let proxy: FaultProxy;
let gateway: RunningGateway;
let hosts: DockerHosts;
let dockerHost: string;
const wires: Wire[] = [];

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  gateway = await runGateway(console, proxy.access);
  hosts = await DockerHosts.create();
  dockerHost = await hosts.addPlain(gateway, "events");
});
afterEach(() => {
  for (const wire of wires.splice(0)) wire.close();
});
afterAll(async () => {
  await hosts.end();
  await gateway.close();
  await proxy.close();
});

/** As the operator tells of a container; the time is now, or so many seconds since 1970. */
async function happen(action: string, name = "web", at = Date.now() / 1000, host = "events") {
  const attributes = { image: "busybox", name, "com.example/team": "a" };
  const text = JSON.stringify({ type: "container", action, id: idOf(name), attributes });
  await hosts.user.create(eventKind, {
    metadata: {
      namespace: hosts.namespace,
      name: `${name}.${randomUUID()}`,
      labels: { [LABELS.host]: host },
      annotations: { [ANNOTATIONS.dockerEvent]: text },
    },
    eventTime: new Date(at * 1000).toISOString().replace("Z", "123Z"),
    reportingController: "vic.dev/operator",
    reportingInstance: "test",
    action: "Test",
    reason: "Started",
    type: "Normal",
    regarding: { kind: "ContainerVM", name, namespace: hosts.namespace },
  });
}

const idOf = (name: string): string => Buffer.from(name).toString("hex").padEnd(64, "0");

async function listen(query = ""): Promise<Wire> {
  const wire = await Wire.open(dockerHost);
  wires.push(wire);
  wire.send(`GET /v1.51/events?${query}`, { Connection: "close" });
  await eventually(() => expect(wire.head).toMatch(/^HTTP\/1.1 200/));
  return wire;
}

interface Told {
  readonly Action: string;
  readonly Actor: { readonly ID: string };
}

/** Events so far; chunks begin with their lengths. */
const told = (wire: Wire): Told[] =>
  String(wire.body)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Told);
const actions = (wire: Wire): string[] => told(wire).map(({ Action }) => Action);

const fetchEvents = async (query: string) =>
  fetch(`${dockerHost.replace("tcp:", "http:")}/v1.51/events?${query}`);

describe("what is refused", () => {
  test.each([
    [`filters=${encodeURIComponent('{"foo":["x"]}')}`, "invalid filter 'foo'"],
    ["filters=nojson", "invalid filter"],
    ["since=x", 'failed to parse value as time or duration: "x"'],
    ["since=20&until=10", "`since` time (20) cannot be after `until` time (10)"],
  ])("%s", async (query, message) => {
    const answer = await fetchEvents(query);
    expect([answer.status, await answer.json()]).toEqual([400, { message }]);
  });
});

test("an event has dockerd's shape, to the nanosecond", async () => {
  await happen("start", "shape", 1_000_000_000.5);
  const answer = await eventually(async () => {
    const text = await (await fetchEvents("since=1000000000&until=1000000001")).text();
    expect(text).not.toBe("");
    return text;
  });
  const id = idOf("shape");
  expect(answer).toBe(
    `{"status":"start","id":"${id}","from":"busybox","Type":"container","Action":"start","Actor":{"ID":"${id}","Attributes":{"image":"busybox","name":"shape","com.example/team":"a"}},"scope":"local","time":1000000000,"timeNano":1000000000500123000}\n`,
  );
});

test("the past comes by time, then what happens now, each once", async () => {
  await happen("die", "past", 2_000_000.75);
  await happen("start", "past", 2_000_000.25);
  await eventually(async () => {
    const past = await (await fetchEvents("since=2000000&until=2000001")).text();
    expect(past).toMatch(/start.*die/s);
  });
  const filters = encodeURIComponent('{"container":["past"]}');
  const wire = await listen(`since=2000000&filters=${filters}`);
  await happen("destroy", "past");
  await eventually(() => expect(actions(wire)).toEqual(["start", "die", "destroy"]));
});

test("other hosts' events, and what isn't one, are nobody's here", async () => {
  const wire = await listen();
  await happen("start", "stranger", undefined, "other");
  await hosts.user.create(eventKind, {
    metadata: {
      namespace: hosts.namespace,
      name: "garbage",
      labels: { [LABELS.host]: "events" },
      annotations: { [ANNOTATIONS.dockerEvent]: '{"type":"container","action":5}' },
    },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "x",
    reportingInstance: "x",
    action: "x",
    reason: "X",
    type: "Normal",
    regarding: { kind: "ContainerVM", name: "x", namespace: hosts.namespace },
  });
  await happen("start", "mine");
  await eventually(() => expect(told(wire).map(({ Actor }) => Actor.ID)).toEqual([idOf("mine")]));
});

test("watches that break cost no event and repeat none", async () => {
  const wire = await listen(`filters=${encodeURIComponent('{"container":["cut"]}')}`);
  for (const round of [1, 2, 3]) {
    await happen(`exec_create: ${round}`, "cut");
    proxy.resetWatches();
    await happen(`exec_start: ${round}`, "cut");
  }
  proxy.endWatchesWith({
    type: "ERROR",
    object: { kind: "Status", apiVersion: "v1", code: 410, reason: "Expired" },
  });
  await happen("die", "cut");
  await eventually(() => expect(actions(wire)).toContain("die"));
  const rounds = [1, 2, 3].flatMap((round) => [`exec_create: ${round}`, `exec_start: ${round}`]);
  expect(actions(wire)).toEqual([...rounds, "die"]);
});

test("the stream ends at until, in the future too", async () => {
  const since = Date.now() / 1000 - 1;
  await happen("start", "until");
  const filters = encodeURIComponent('{"container":["until"]}');
  await eventually(async () => {
    const span = `since=${since}&until=${Date.now() / 1000}`;
    const past = await fetchEvents(`${span}&filters=${filters}`);
    expect(await past.text()).toContain("start");
  });
  const wire = await listen(`since=${since}&until=${Date.now() / 1000 + 1}&filters=${filters}`);
  await eventually(() => expect(wire.ended).toBe(true));
  expect(actions(wire)).toContain("start");
});

test("what only this gateway knows is told live", async () => {
  await addContainer(hosts, gateway, "events", "typed", "Running", { tty: true });
  const wire = await listen(`filters=${encodeURIComponent('{"event":{"resize":true}}')}`);
  await fetch(`${dockerHost.replace("tcp:", "http:")}/containers/typed/resize?h=1&w=2`, {
    method: "POST",
  });
  await eventually(() =>
    expect(told(wire)).toMatchObject([
      { Action: "resize", Actor: { Attributes: { height: "1", width: "2", name: "typed" } } },
    ]),
  );
});

test("a thousand who listen are told, and are forgotten when they go", async () => {
  const filters = encodeURIComponent('{"container":["crowd"]}');
  const crowd = await Promise.all(
    Array.from({ length: 1_000 }, () => listen(`filters=${filters}`)),
  );
  await happen("start", "crowd");
  await eventually(() => {
    for (const wire of crowd) expect(actions(wire)).toEqual(["start"]);
  });
  for (const wire of crowd) wire.close();
  const one = await listen(`filters=${filters}`);
  await happen("die", "crowd");
  await eventually(() => expect(actions(one)).toEqual(["die"]));
});

test.runIf(hasDockerCli)("docker events shows them", async () => {
  await happen("start", "cli", 3_000_000);
  const result = await eventually(async () => {
    const args = ["events", "--since", "3000000", "--until", "3000001"];
    const shown = await docker(dockerHost, [...args, "--filter", "label=com.example/team=a"]);
    expect(shown.stdout).not.toBe("");
    return shown;
  });
  expect(result.stdout).toContain(
    `container start ${idOf("cli")} (com.example/team=a, image=busybox, name=cli)`,
  );
});
