// What a host's Docker clients need, made without any vSphere.
import { randomInt, randomUUID, X509Certificate } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { eventually } from "../../../../test/eventually.ts";
import { dockerSecretNames } from "../../../api/docker-secrets.ts";
import { KINDS } from "../../../api/kinds.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { KubeClient } from "../../../kube/client.ts";
import { namespaceKind, secretKind } from "../../../kube/core-kinds.ts";
import { createEventRecorder } from "../../../kube/event-recorder.ts";
import { createKubeClient } from "../../../kube/http-client.ts";
import { loadKubeconfig } from "../../../kube/kubeconfig.ts";
import { createInformers } from "../../../kube/shared-informers.ts";
import { findCondition } from "../../../reconcile/conditions.ts";
import { createManager } from "../../../reconcile/manager.ts";
import { Metrics } from "../../../reconcile/metrics.ts";
import { connect } from "../../../vsphere/index.ts";
import { Issuer } from "../../certificates/issuer.ts";
import { issueAuthority } from "../../certificates/issue.ts";
import { LIFETIMES } from "../../certificates/lifetime.ts";
import { readCertificates } from "../../certificates/pem.ts";
import { decodeData, encodeData, type SecretData } from "../../certificates/secret-data.ts";
import { HostRegistry } from "../../hosts/host-registry.ts";
import { Keepers } from "../../keepers/keepers.ts";
import { ServerPool } from "../../servers/server-pool.ts";
import { virtualContainerHostController } from "../controller.ts";

const log = pino({ level: "silent" });
const names = dockerSecretNames("host");
let client: KubeClient;
let namespace: string;
const issuer = new Issuer();
/** Ports that no other test's host wants: nothing listens on them. */
const base = randomInt(20_000, 60_000);
let stop: () => Promise<void>;

beforeAll(async () => {
  client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
});
afterAll(async () => {
  issuer.close();
  await client.close();
});

beforeEach(async () => {
  namespace = `docker-${randomUUID().slice(0, 8)}`;
  await client.create(namespaceKind, { metadata: { name: namespace } });
  const informers = createInformers(client, log);
  const events = createEventRecorder({ client, log, controller: "vic.dev/test", instance: "test" });
  const manager = createManager({
    client,
    informers,
    events,
    metrics: new Metrics(),
    log,
    fieldManager: "vic-operator",
    concurrency: 4,
    reportPaused: false,
  });
  manager.add(
    virtualContainerHostController({
      client,
      informers,
      log,
      connect,
      namespace,
      servers: new ServerPool(),
      hosts: new HostRegistry(),
      issuer,
      keepers: new Keepers("installation"),
      verifyMs: 60_000,
      silentMs: 60_000,
      workerIdleMs: 60_000,
      sweepGraceMs: 60_000,
      installation: "test",
      guestIsoFile: "/nowhere",
      consoleAddress: "127.0.0.1:1",
      serialAddress: "127.0.0.1:1",
      gatewayAddress: "127.0.0.1",
      gatewayPort: 2376,
    }),
  );
  const abort = new AbortController();
  const running = manager.run(abort.signal, 0);
  stop = async () => {
    abort.abort();
    await running;
    await events.close(100);
    await informers.stop();
  };
});
afterEach(() => stop());

const make = (name: string, docker: object): Promise<VirtualContainerHost> =>
  client.create(KINDS.VirtualContainerHost, {
    metadata: { namespace, name },
    spec: {
      serverRef: { name: "nowhere" },
      compute: { resourcePool: "pool" },
      imageStore: { datastore: "ds", path: name },
      networks: { bridge: { portGroup: "private" }, management: { portGroup: "VM Network" } },
      docker,
    },
  });

/** A host's Docker status, once the condition has this reason. */
const told = (name: string, reason: string) =>
  eventually(async () => {
    const host = await client.get(KINDS.VirtualContainerHost, { namespace, name });
    const condition = findCondition(host.status?.conditions, "DockerReady");
    expect(condition?.reason).toBe(reason);
    expect(condition?.observedGeneration).toBe(host.metadata.generation);
    return { ...host.status?.docker, message: condition?.message, status: condition?.status };
  });

const read = async (name: string): Promise<SecretData> =>
  decodeData(await client.get(secretKind, { namespace, name }));

const certificateOf = async (name: string): Promise<X509Certificate> =>
  new X509Certificate((await read(name))["tls.crt"] ?? "");

const change = (patch: object): Promise<unknown> =>
  client.patch(
    KINDS.VirtualContainerHost,
    { namespace, name: "host" },
    { type: "merge", patch: { spec: { docker: patch } } },
  );

test("certificates are made, named in the status, and go with the host", async () => {
  const { metadata } = await make("host", { port: base, serverNames: [`a.${base}.example.com`] });
  const docker = await told("host", "Available");
  expect(docker).toMatchObject({
    host: `tcp://127.0.0.1:${base}`,
    caSecret: "host-docker-ca",
    serverSecret: "host-docker-server",
    clientSecret: "host-docker-client",
    revision: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  const server = await certificateOf(names.server);
  expect(server.subjectAltName).toContain(`DNS:a.${base}.example.com`);
  expect(server.subjectAltName).toContain("IP Address:127.0.0.1");
  expect(Date.parse(server.validTo)).toBe(Date.parse(docker.notAfter ?? ""));
  const { metadata: secret } = await client.get(secretKind, { namespace, name: names.client });
  expect(secret?.ownerReferences).toMatchObject([
    { kind: "VirtualContainerHost", name: "host", uid: metadata.uid },
  ]);
});

test("other server names make another server certificate, and no other client's", async () => {
  await make("host", { port: base + 1 });
  const before = await told("host", "Available");
  const user = await read(names.client);
  await change({ serverNames: [`b.${base}.example.com`] });
  await eventually(async () => {
    expect((await certificateOf(names.server)).subjectAltName).toContain(
      `DNS:b.${base}.example.com`,
    );
  });
  const after = await told("host", "Available");
  expect(after.revision).not.toBe(before.revision);
  expect(await read(names.client)).toEqual(user);
});

test("what is deleted by hand is made again; without the authority everything is issued anew", async () => {
  await make("host", { port: base + 2 });
  await told("host", "Available");
  const authority = await certificateOf(names.authority);
  await client.delete(secretKind, { namespace, name: names.client });
  await eventually(async () => {
    expect((await certificateOf(names.client)).verify(authority.publicKey)).toBe(true);
  });
  await client.delete(secretKind, { namespace, name: names.authority });
  await eventually(async () => {
    const next = await certificateOf(names.authority);
    expect(next.fingerprint256).not.toBe(authority.fingerprint256);
    expect((await certificateOf(names.client)).verify(next.publicKey)).toBe(true);
    expect((await certificateOf(names.server)).verify(next.publicKey)).toBe(true);
  });
});

test("an authority of the user's own signs, and stays; one that can't is refused with its fault", async () => {
  const theirs = await issueAuthority("theirs", Date.now());
  const metadata = { namespace, name: names.authority };
  const broken = { ...theirs, "tls.key": "" };
  await client.create(secretKind, { metadata, data: encodeData(broken) });
  await make("host", { port: base + 3 });
  const refused = await told("host", "AuthorityInvalid");
  expect(refused.message).toContain("tls.key holds no private key");
  expect(refused.host).toBeUndefined();
  const data = encodeData(theirs);
  await client.patch(secretKind, metadata, { type: "merge", patch: { data } });
  await told("host", "Available");
  const { publicKey } = new X509Certificate(theirs["tls.crt"] ?? "");
  expect((await certificateOf(names.server)).verify(publicKey)).toBe(true);
  expect((await client.get(secretKind, metadata)).data).toEqual(data);
});

test("an authority of ours that has grown old is followed by another, and is trusted on", async () => {
  const old = await issueAuthority("host", Date.now() - 0.7 * LIFETIMES.authority);
  const labels = { "app.kubernetes.io/managed-by": "vic-operator" };
  const metadata = { namespace, name: names.authority, labels };
  await client.create(secretKind, { metadata, data: encodeData(old) });
  await make("host", { port: base + 8 });
  await told("host", "Available");
  const current = await read(names.authority);
  expect(current["tls.key"]).not.toBe(old["tls.key"]);
  expect(current["ca.crt"]).toContain(old["tls.crt"]);
  const server = await read(names.server);
  expect(server["ca.crt"]).toBe(current["ca.crt"]);
  // Behind the server's own certificate stands the new authority's, signed by the old one.
  const [, cross] = readCertificates(server["tls.crt"] ?? "") ?? [];
  expect(cross?.verify(new X509Certificate(old["tls.crt"] ?? "").publicKey)).toBe(true);
});

test("a Secret of somebody else's isn't overwritten", async () => {
  const metadata = { namespace, name: names.server };
  await client.create(secretKind, { metadata, data: encodeData({ "tls.crt": "mine" }) });
  await make("host", { port: base + 4 });
  expect((await told("host", "NameClash")).message).toContain(names.server);
  expect(await read(names.server)).toEqual({ "tls.crt": "mine" });
});

test("without TLS there is a warning, and no certificate", async () => {
  await make("host", { port: base + 5, tls: { mode: "None" } });
  const docker = await told("host", "Insecure");
  expect(docker).toMatchObject({ status: "True", host: `tcp://127.0.0.1:${base + 5}` });
  expect(docker.serverSecret).toBeUndefined();
  await change({ tls: { mode: "Verify" } });
  expect((await told("host", "Available")).serverSecret).toBe(names.server);
});

test("the younger of two with one port waits until the older one gives it up", async () => {
  await make("host", { port: base + 6 });
  await told("host", "Available");
  await make("other", { port: base + 6 });
  const refused = await told("other", "EndpointTaken");
  expect(refused.host).toBeUndefined();
  await change({ port: base + 7 });
  expect((await told("other", "Available")).host).toBe(`tcp://127.0.0.1:${base + 6}`);
});
