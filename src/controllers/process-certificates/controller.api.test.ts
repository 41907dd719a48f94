import { createPrivateKey, randomUUID, X509Certificate } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { INSTALLATION_SECRETS } from "../../api/installation-secrets.ts";
import type { KubeClient } from "../../kube/client.ts";
import { namespaceKind, secretKind } from "../../kube/core-kinds.ts";
import { createEventRecorder } from "../../kube/event-recorder.ts";
import { createKubeClient } from "../../kube/http-client.ts";
import { loadKubeconfig } from "../../kube/kubeconfig.ts";
import { createInformers } from "../../kube/shared-informers.ts";
import { createManager } from "../../reconcile/manager.ts";
import { Metrics } from "../../reconcile/metrics.ts";
import { decodeData, encodeData, type SecretData } from "../certificates/secret-data.ts";
import { Issuer } from "../certificates/issuer.ts";
import { issueAuthority } from "../certificates/issue.ts";
import { processCertificatesController } from "./controller.ts";

const log = pino({ level: "silent" });
let client: KubeClient;
let namespace: string;
const issuer = new Issuer();
let stop: () => Promise<void>;

beforeAll(async () => {
  client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
});
afterAll(async () => {
  issuer.close();
  await client.close();
});

beforeEach(async () => {
  namespace = `certificates-${randomUUID().slice(0, 8)}`;
  await client.create(namespaceKind, { metadata: { name: namespace } });
});
afterEach(() => stop());

function start(): void {
  const informers = createInformers(client, log);
  const events = createEventRecorder({ client, log, controller: "vic.dev/test", instance: "test" });
  const metrics = new Metrics();
  const fieldManager = "test";
  const manager = createManager({
    client,
    informers,
    events,
    metrics,
    log,
    fieldManager,
    concurrency: 2,
    reportPaused: false,
  });
  manager.add(processCertificatesController({ informers, issuer, namespace }));
  const abort = new AbortController();
  const running = manager.run(abort.signal, 0);
  stop = async () => {
    abort.abort();
    await running;
    await events.close(100);
    await informers.stop();
  };
}

const read = async (name: string): Promise<SecretData> =>
  decodeData(await client.get(secretKind, { namespace, name }));

/** Who has signed a process's certificate, once that is there. */
const signedBy = (name: string, { "tls.crt": authority = "" }: SecretData): Promise<SecretData> =>
  eventually(async () => {
    const data = await read(name);
    const certificate = new X509Certificate(data["tls.crt"] ?? "");
    expect(certificate.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(data["tls.key"] ?? ""))).toBe(true);
    return data;
  });

const authority = (not = ""): Promise<SecretData> =>
  eventually(async () => {
    const data = await read(INSTALLATION_SECRETS.authority);
    expect(data["tls.crt"]).not.toBe(not);
    return data;
  });

test("an installation gets an authority, and its processes certificates with their roles as names", async () => {
  start();
  const signer = await authority();
  const console = await signedBy(INSTALLATION_SECRETS.console, signer);
  const gateway = await signedBy(INSTALLATION_SECRETS.gateway, signer);
  expect(new X509Certificate(console["tls.crt"] ?? "").subjectAltName).toBe("DNS:vic-console");
  expect(new X509Certificate(gateway["tls.crt"] ?? "").subjectAltName).toBe("DNS:vic-gateway");
  expect(gateway["ca.crt"]).toBe(signer["tls.crt"]);
});

test("what is deleted or spoilt by hand is made again", async () => {
  start();
  const signer = await authority();
  const before = await signedBy(INSTALLATION_SECRETS.console, signer);
  await client.delete(secretKind, { namespace, name: INSTALLATION_SECRETS.console });
  const after = await signedBy(INSTALLATION_SECRETS.console, signer);
  expect(after["tls.crt"]).not.toBe(before["tls.crt"]);
  const patch = { data: encodeData({ "tls.key": "spoilt" }) };
  const gateway = { namespace, name: INSTALLATION_SECRETS.gateway };
  await client.patch(secretKind, gateway, { type: "merge", patch });
  await signedBy(INSTALLATION_SECRETS.gateway, signer);
});

test("without its authority everything is issued anew", async () => {
  start();
  const former = await authority();
  await signedBy(INSTALLATION_SECRETS.gateway, former);
  await client.delete(secretKind, { namespace, name: INSTALLATION_SECRETS.authority });
  const next = await authority(former["tls.crt"]);
  expect(next["ca.crt"]).not.toContain(former["tls.crt"]);
  await signedBy(INSTALLATION_SECRETS.console, next);
  await signedBy(INSTALLATION_SECRETS.gateway, next);
});

test("an authority that somebody else has put there is used, and stays as it is", async () => {
  const theirs = await issueAuthority("theirs", Date.now());
  const metadata = { namespace, name: INSTALLATION_SECRETS.authority };
  const made = await client.create(secretKind, { metadata, data: encodeData(theirs) });
  start();
  await signedBy(INSTALLATION_SECRETS.console, theirs);
  await signedBy(INSTALLATION_SECRETS.gateway, theirs);
  const now = await client.get(secretKind, metadata);
  expect(now.metadata?.resourceVersion).toBe(made.metadata?.resourceVersion);
});
