import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { KINDS } from "../api/kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import { namespaceKind, secretKind } from "../kube/core-kinds.ts";
import { createKubeClient } from "../kube/http-client.ts";
import { loadKubeconfig } from "../kube/kubeconfig.ts";
import { HOST_SPEC } from "../../test/control-plane/host-spec.ts";

const main = join(import.meta.dirname, "..", "main.ts");
const run = promisify(execFile);
let client: KubeClient;
let namespace: string;
let directory: string;

beforeAll(async () => {
  client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
});
afterAll(() => client.close());
beforeEach(async () => {
  namespace = `bundle-${randomUUID().slice(0, 8)}`;
  await client.create(namespaceKind, { metadata: { name: namespace } });
  directory = await mkdtemp(join(tmpdir(), "vic-bundle-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** `vic bundle host`, as a person calls it. */
const bundle = (): Promise<{ stdout: string; stderr: string; code?: number }> =>
  run(
    process.execPath,
    [main, "bundle", "host", "-n", namespace, "-o", join(directory, "it's here")],
    { env: { KUBECONFIG: inject("kubeconfig") } },
  ).catch((error: { stdout: string; stderr: string; code: number }) => error);

const createHost = (docker: object) =>
  client.create(KINDS.VirtualContainerHost, {
    metadata: { namespace, name: "host" },
    spec: {
      ...HOST_SPEC,
      docker,
    },
  });

const tell = (status: "True" | "False", reason: string, docker: object) =>
  client.applyStatus(
    KINDS.VirtualContainerHost,
    {
      metadata: { namespace, name: "host" },
      status: {
        conditions: [
          {
            type: "DockerReady",
            status,
            reason,
            message: "because",
            lastTransitionTime: "2026-01-01T00:00:00Z",
          },
        ],
        docker,
      },
    },
    { fieldManager: "vic-operator" },
  );

const encoded = (text: string): string => Buffer.from(text).toString("base64");

test("a host that isn't there, isn't reachable yet, or lacks its Secret is told of in one line", async () => {
  expect(await bundle()).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `error: there is no VirtualContainerHost ${namespace}/host\n`,
  });
  await createHost({ port: 4000 });
  expect((await bundle()).stderr).toContain("no operator has seen it yet");
  await tell("False", "EndpointTaken", {});
  expect((await bundle()).stderr).toContain("(EndpointTaken: because)");
  await tell("True", "Available", { host: "tcp://127.0.0.1:4000", clientSecret: "gone" });
  expect((await bundle()).stderr).toBe(`error: there is no Secret ${namespace}/gone\n`);
});

test("it writes three files for their owner alone, and prints what a shell takes", async () => {
  await createHost({ port: 4000 });
  await tell("True", "Available", { host: "tcp://127.0.0.1:4000", clientSecret: "client" });
  const data = { "ca.crt": encoded("ca"), "tls.crt": encoded("cert"), "tls.key": encoded("key") };
  await client.create(secretKind, { metadata: { namespace, name: "client" }, data });
  const { stdout } = await bundle();
  const show = 'eval "$1"; echo "$DOCKER_HOST $DOCKER_TLS_VERIFY"; cat "$DOCKER_CERT_PATH"/*.pem';
  const shown = await run("sh", ["-c", show, "sh", stdout], { env: { PATH: process.env["PATH"] } });
  expect(shown.stdout).toBe("tcp://127.0.0.1:4000 1\ncacertkey");
  const key = join(directory, "it's here", "key.pem");
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  await writeFile(key, "of an earlier time");
  await bundle();
  expect(await readFile(key, "utf8")).toBe("key");
});

test("a host without TLS needs no files", async () => {
  await createHost({ port: 4000, tls: { mode: "None" } });
  await tell("True", "Insecure", { host: "tcp://127.0.0.1:4000" });
  expect((await bundle()).stdout).toBe(
    "export DOCKER_HOST=tcp://127.0.0.1:4000\nunset DOCKER_TLS_VERIFY DOCKER_CERT_PATH\n",
  );
});
