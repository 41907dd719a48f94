import { afterEach, beforeEach, expect, test } from "vitest";
import { serveHealth, type HealthServer } from "./health.ts";
import { Metrics } from "./metrics.ts";

let server: HealthServer;
let synced: boolean;

beforeEach(async () => {
  synced = false;
  const { registry } = new Metrics();
  const ready = { caches: () => synced };
  server = await serveHealth({ host: "127.0.0.1", port: 0, registry, ready });
});

afterEach(() => server.close());

const get = async (path: string): Promise<[number, string]> => {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return [response.status, await response.text()];
};

test("not ready names what is missing; ready says ok; alive either way", async () => {
  expect(await get("/readyz")).toEqual([500, "[-] caches\nfailed\n"]);
  expect(await get("/healthz")).toEqual([200, "ok\n"]);
  synced = true;
  expect(await get("/readyz")).toEqual([200, "[+] caches\nok\n"]);
});

test("metrics have the names that dashboards for controller-runtime ask for", async () => {
  const metrics = new Metrics();
  const controller = metrics.controller("images", 4);
  controller.observe({ depth: () => 3, runningSeconds: () => [2, 5] });
  metrics.controller("vms", 2).observe({ depth: () => 1, runningSeconds: () => [] });
  controller.begin()("error");
  controller.queue.added();
  metrics.setLeading("vic-operator", true);
  const text = await metrics.registry.metrics();
  const labels = 'name="images",controller="images"';
  for (const line of [
    'controller_runtime_reconcile_total{controller="images",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="images"} 1',
    'controller_runtime_max_concurrent_reconciles{controller="images"} 4',
    'controller_runtime_active_workers{controller="images"} 0',
    `workqueue_depth{${labels}} 3`,
    'workqueue_depth{name="vms",controller="vms"} 1',
    `workqueue_adds_total{${labels}} 1`,
    `workqueue_unfinished_work_seconds{${labels}} 7`,
    `workqueue_longest_running_processor_seconds{${labels}} 5`,
    'leader_election_master_status{name="vic-operator"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

test("a check that throws fails its request, and nothing else", async () => {
  await server.close();
  const { registry } = new Metrics();
  const caches = (): boolean => {
    throw new Error("no caches");
  };
  server = await serveHealth({ host: "127.0.0.1", port: 0, registry, ready: { caches } });
  expect(await get("/readyz")).toEqual([500, "no caches\n"]);
  expect((await get("/healthz"))[0]).toBe(200);
});

test("other paths aren't there", async () => {
  expect((await get("/"))[0]).toBe(404);
});
