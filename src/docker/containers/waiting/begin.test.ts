import { expect, test } from "vitest";
import type { ContainerVM, ContainerVMStatus } from "../../../api/containervm.gen.ts";
import type { Informer } from "../../../kube/informer.ts";
import { begun } from "./begin.ts";
import { markOf, started } from "./outcome.ts";

const container = (status: ContainerVMStatus): ContainerVM =>
  ({
    metadata: { uid: "u", namespace: "n", name: "c", generation: 1, resourceVersion: "2" },
    spec: { name: "slow", request: { seq: 1, action: "Start" } },
    status,
  }) as ContainerVM;

const holding = (held: ContainerVM): Informer<ContainerVM> =>
  ({
    store: { get: () => held },
    addHandler: () => () => {},
    hasReached: () => true,
  }) as unknown as Informer<ContainerVM>;

const booting = container({
  state: "Starting",
  request: 1,
  conditions: [
    {
      type: "Ready",
      status: "False",
      reason: "Starting",
      message: "The VM boots",
      lastTransitionTime: "2026-11-22T14:00:00Z",
    },
  ],
});
const begins = started(1, markOf(container({})));

test("a VM that never begins isn't waited for without end, and what is known is told", async () => {
  const start = begun(holding(booting), booting, begins, new AbortController().signal, 10);
  await expect(start).rejects.toThrow(
    "container slow was asked to start and hasn't begun in time (The VM boots)",
  );
});

test("a client that leaves ends the wait with its own reason", async () => {
  const client = new AbortController();
  const start = begun(holding(booting), booting, begins, client.signal, 60_000);
  client.abort(new Error("gone"));
  await expect(start).rejects.toThrow("gone");
});

test("one that runs has begun", async () => {
  const running = container({ state: "Running", request: 1, starts: 1 });
  await expect(
    begun(holding(running), running, begins, new AbortController().signal),
  ).resolves.toBeUndefined();
});
