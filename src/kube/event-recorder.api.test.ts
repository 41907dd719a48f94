import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { startFaultProxy, type FaultProxy } from "../../test/fault-proxy.ts";
import type { KubeClient } from "./client.ts";
import { configMapKind, eventKind, type ConfigMap, type KubeEvent } from "./core-kinds.ts";
import { createEventRecorder } from "./event-recorder.ts";
import type { EventInput, EventRecorder } from "./events.ts";
import { createKubeClient } from "./http-client.ts";

const log = pino({ level: "silent" });
const input: EventInput = { type: "Warning", reason: "Broken", action: "Mend", note: "it broke" };
let proxy: FaultProxy;
let client: KubeClient;
let recorder: EventRecorder;
let about: ConfigMap;

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  client = createKubeClient(proxy.access);
});

beforeEach(async () => {
  proxy.decide = undefined;
  const metadata = { namespace: "default", name: `about-${randomUUID().slice(0, 8)}` };
  about = await client.create(configMapKind, { metadata });
  recorder = createEventRecorder({
    client,
    log,
    controller: "vic.dev/test",
    instance: "test",
    seriesMs: 20,
  });
});

afterEach(async () => {
  await recorder.close();
  await client.delete(configMapKind, { namespace: "default", name: about.metadata!.name! });
});

afterAll(async () => {
  await client.close();
  await proxy.close();
});

async function events(): Promise<readonly KubeEvent[]> {
  const fieldSelector = `regarding.name=${about.metadata!.name!}`;
  return (await client.list(eventKind, { namespace: "default", fieldSelector })).items;
}

describe("distinct events", () => {
  test("are each one of its own, in their order, labelled, and on no budget", async () => {
    const labels = { "vic.dev/host": "host" };
    const annotations = { "vic.dev/docker-event": "{}" };
    const distinct = { ...input, labels, annotations, distinct: true };
    for (let times = 0; times < 40; times += 1) {
      const told = { ...distinct, reason: times % 2 === 0 ? "Even" : "Odd" };
      recorder.record(configMapKind, about, told);
    }
    await eventually(async () => expect(await events()).toHaveLength(40));
    const found = (await events()).toSorted((a, b) => a.eventTime!.localeCompare(b.eventTime!));
    expect(new Set(found.map(({ eventTime }) => eventTime)).size).toBe(40);
    expect(found.map(({ reason }) => reason)).toEqual(
      found.map((_, at) => (at % 2 === 0 ? "Even" : "Odd")),
    );
    expect(found[0]?.metadata).toMatchObject({ labels, annotations });
  });
});

describe("equal events", () => {
  test("become one with a series", async () => {
    for (let times = 0; times < 5; times += 1) recorder.record(configMapKind, about, input);
    await eventually(async () => expect((await events())[0]?.series?.count).toBe(5));
    expect(await events()).toEqual([
      expect.objectContaining({
        reason: "Broken",
        action: "Mend",
        note: "it broke",
        type: "Warning",
        reportingController: "vic.dev/test",
        regarding: expect.objectContaining({ kind: "ConfigMap", uid: about.metadata!.uid }),
      }),
    ]);
  });

  test("whose first was deleted are told anew", async () => {
    recorder.record(configMapKind, about, input);
    await eventually(async () => expect(await events()).toHaveLength(1));
    const [first] = await events();
    await client.delete(eventKind, { namespace: "default", name: first!.metadata!.name! });
    recorder.record(configMapKind, about, input);
    await eventually(async () => expect(await events()).toHaveLength(1));
  });
});

test("different ones stay apart, up to the object's budget", async () => {
  for (let index = 0; index < 60; index += 1) {
    recorder.record(configMapKind, about, { ...input, note: `it broke ${index}` });
  }
  await recorder.close();
  expect(await events()).toHaveLength(25);
});

test("a note that is too long for the server is cut, not lost", async () => {
  recorder.record(configMapKind, about, { ...input, note: "ü".repeat(2_000) });
  await recorder.close();
  expect((await events())[0]?.note).toMatch(/^ü+…$/);
});

test("a server that is away for a moment gets the event when it is back", async () => {
  let failures = 1;
  proxy.decide = ({ url }) =>
    url.includes("/events") && failures-- > 0 ? { type: "reset" } : undefined;
  recorder.record(configMapKind, about, input);
  await eventually(async () => expect(await events()).toHaveLength(1));
});
