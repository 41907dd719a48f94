import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import type { KubeClient } from "../kube/client.ts";
import { leaseKind, namespaceKind, secretKind } from "../kube/core-kinds.ts";
import { createKubeClient } from "../kube/http-client.ts";
import { loadKubeconfig } from "../kube/kubeconfig.ts";

const program = join(import.meta.dirname, "..", "main.ts");
const running = new Set<ChildProcess>();
let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
});

beforeEach(async () => {
  namespace = `roles-${randomUUID().slice(0, 8)}`;
  await client.create(namespaceKind, { metadata: { name: namespace } });
});

afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await client.delete(namespaceKind, { name: namespace });
});

afterAll(() => client.close());

/** A role as a process of its own, with what it logged. */
interface Role {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[];
  readonly ended: Promise<number | null>;
}

function start(...args: string[]): Role {
  const env = { KUBECONFIG: inject("kubeconfig") };
  const child = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  const ended = once(child, "exit").then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return { child, lines, ended };
}

const startOperator = (identity: string): Role =>
  start(
    "operator",
    "--guest-iso=/nowhere.iso",
    "--console-address=127.0.0.1:1",
    "--serial-address=127.0.0.1:1",
    "--gateway-address=127.0.0.1",
    `--namespace=${namespace}`,
    `--lease-identity=${identity}`,
  );

const said = (role: Role, msg: string): Promise<Record<string, unknown>> =>
  eventually(() => {
    const line = role.lines.find((each) => each["msg"] === msg);
    expect(line).toBeDefined();
    return line!;
  });

const holder = async (): Promise<string | undefined> =>
  (await client.get(leaseKind, { namespace, name: "vic-operator" })).spec?.holderIdentity;

test("a console is ready once its caches are, serves metrics, and ends cleanly when told", async () => {
  const console = start(
    "console",
    "--console-listen=127.0.0.1:0",
    "--serial-listen=127.0.0.1:0",
    "--api-listen=127.0.0.1:0",
  );
  const { health } = await said(console, "starting");
  await eventually(async () => {
    expect((await fetch(`http://127.0.0.1:${String(health)}/readyz`)).status).toBe(200);
  });
  const metrics = await (await fetch(`http://127.0.0.1:${String(health)}/metrics`)).text();
  expect(metrics).toContain('controller_runtime_max_concurrent_reconciles{controller="layers"}');
  console.child.kill("SIGTERM");
  expect(await console.ended).toBe(0);
});

test("a gateway is ready once its caches are, listens, and ends cleanly when told", async () => {
  const gateway = start(
    "gateway",
    "--docker-listen=127.0.0.1:0",
    "--docker-address=127.0.0.1",
    "--console=127.0.0.1:1",
    `--namespace=${namespace}`,
  );
  const { health } = await said(gateway, "starting");
  const { port } = await said(gateway, "serving the Docker API");
  expect(port).toBeGreaterThan(0);
  await eventually(async () => {
    expect((await fetch(`http://127.0.0.1:${String(health)}/readyz`)).status).toBe(200);
  });
  gateway.child.kill("SIGTERM");
  expect(await gateway.ended).toBe(0);
});

test("an operator makes the certificates of the installation where it is told to", async () => {
  startOperator("one");
  await eventually(async () => {
    const { data } = await client.get(secretKind, { namespace, name: "vic-gateway-tls" });
    expect(Object.keys(data ?? {}).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
  });
});

test("of two operators one leads; told to stop it hands over, and the other leads at once", async () => {
  const first = startOperator("one");
  await said(first, "leading");
  const second = startOperator("two");
  await said(second, "another process leads, standing by");
  expect(await holder()).toBe("one");
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  await said(second, "leading");
  expect(await holder()).toBe("two");
});

test("an operator that was killed leads again as soon as it is back", async () => {
  const killed = startOperator("same");
  await said(killed, "leading");
  killed.child.kill("SIGKILL");
  await killed.ended;
  const back = startOperator("same");
  await said(back, "leading");
  expect(back.lines.map(({ msg }) => msg)).not.toContain("another process leads, standing by");
});

test("an operator whose lease was taken ends with an error, so that it starts anew", async () => {
  const operator = startOperator("one");
  await said(operator, "caches are complete, starting workers");
  const metadata = { annotations: { "vic.dev/holder-run": "another" } };
  const patch = { metadata, spec: { holderIdentity: "thief" } };
  await client.patch(leaseKind, { namespace, name: "vic-operator" }, { type: "merge", patch });
  expect(await operator.ended).toBe(1);
  expect(await holder()).toBe("thief");
});
