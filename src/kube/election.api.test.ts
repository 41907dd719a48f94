import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { startFaultProxy, type FaultProxy } from "../../test/fault-proxy.ts";
import type { KubeClient } from "./client.ts";
import { leaseKind } from "./core-kinds.ts";
import { LeaseLostError, runElected, type ElectionOptions } from "./election.ts";
import { createKubeClient } from "./http-client.ts";

const log = pino({ level: "silent" });
const namespace = "default";
let proxy: FaultProxy;
let client: KubeClient;
let direct: FaultProxy;
let observer: KubeClient;
let name: string;

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  client = createKubeClient(proxy.access);
  direct = await startFaultProxy(inject("kubeconfig"));
  observer = createKubeClient(direct.access);
});

beforeEach(() => {
  proxy.decide = undefined;
  name = `lease-${randomUUID().slice(0, 8)}`;
});

afterAll(async () => {
  await client.close();
  await observer.close();
  await proxy.close();
  await direct.close();
});

/** One process that wants to lead. */
interface Candidate {
  readonly led: Promise<void>;
  leading: boolean;
  everLed: boolean;
  stop(): void;
}

function start(identity: string, options: Partial<ElectionOptions> = {}): Candidate {
  const stopping = new AbortController();
  const candidate = { leading: false, everLed: false, stop: () => stopping.abort() };
  const led = runElected(
    { client, log, namespace, name, identity, retryMs: 50, leaseMs: 60_000, ...options },
    stopping.signal,
    async (signal) => {
      candidate.leading = true;
      candidate.everLed = true;
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      candidate.leading = false;
    },
  );
  led.catch(() => {}); // looked at by the tests that expect it
  return Object.assign(candidate, { led });
}

const holder = async (): Promise<string | undefined> =>
  (await observer.get(leaseKind, { namespace, name })).spec?.holderIdentity;

test("of two, one leads, and the other takes over at once when it has released the lease", async () => {
  const first = start("one");
  await eventually(() => expect(first.leading).toBe(true));
  const second = start("two");
  const looks = (): number => proxy.seen.filter(({ url }) => url.endsWith(name)).length;
  const before = looks();
  await eventually(() => expect(looks()).toBeGreaterThan(before + 4));
  expect(second.everLed).toBe(false);
  expect(await holder()).toBe("one");
  first.stop();
  await first.led;
  // The lease would run for a minute: only its release lets the second in so early.
  await eventually(() => expect(second.leading).toBe(true));
  expect(await holder()).toBe("two");
  second.stop();
  await second.led;
  expect(await holder()).toBe("");
});

test("one that restarts under its name takes its own lease at once; the former run gives up", async () => {
  const former = start("same");
  await eventually(() => expect(former.leading).toBe(true));
  const restarted = start("same");
  await eventually(() => expect(restarted.leading).toBe(true));
  await expect(former.led).rejects.toBeInstanceOf(LeaseLostError);
  expect(former.leading).toBe(false);
  expect(await holder()).toBe("same");
  restarted.stop();
  await restarted.led;
});

test("one that can't renew stops leading before others may take over", async () => {
  const cut = start("cut", { renewDeadlineMs: 200 });
  await eventually(() => expect(cut.leading).toBe(true));
  proxy.decide = () => ({ type: "reset" });
  await expect(cut.led).rejects.toBeInstanceOf(LeaseLostError);
  expect(cut.leading).toBe(false);
  expect(await holder()).toBe("cut");
});

test("a lease that is no longer renewed is taken over when it has run out", async () => {
  await observer.create(leaseKind, {
    metadata: { namespace, name },
    spec: {
      holderIdentity: "dead",
      leaseDurationSeconds: 1,
      renewTime: "2099-01-01T00:00:00.000000Z",
    },
  });
  const next = start("next");
  await eventually(() => expect(next.leading).toBe(true));
  next.stop();
  await next.led;
});

describe("one that is told to stop", () => {
  test("while it waits leaves without having led", async () => {
    const first = start("one");
    await eventually(() => expect(first.leading).toBe(true));
    const second = start("two");
    second.stop();
    await second.led;
    expect(second.everLed).toBe(false);
    first.stop();
    await first.led;
  });

  test("keeps the lease until its work has ended", async () => {
    const stopping = new AbortController();
    let finish = (): void => {};
    const led = runElected(
      { client, log, namespace, name, identity: "busy", retryMs: 50 },
      stopping.signal,
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await eventually(async () => expect(await holder()).toBe("busy"));
    stopping.abort();
    expect(await holder()).toBe("busy");
    finish();
    await led;
    expect(await holder()).toBe("");
  });
});
