import type { ContainerVM } from "../../api/containervm.gen.ts";
import { deriveLinkKey } from "../../api/link-key.ts";
import { linkSecretName } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { LinkIdentity } from "../links/link.ts";
import type { SecretReader } from "./secrets.ts";

const BY_WORKER = "worker";

/** The VirtualContainerHost whose worker has this id. */
export function hostOfWorker(
  hosts: Informer<VirtualContainerHost>,
  workerId: string,
): VirtualContainerHost | undefined {
  return hosts.store.byIndex(BY_WORKER, workerId)[0];
}

/** Makes {@link hostOfWorker} work. */
export function indexWorkers(hosts: Informer<VirtualContainerHost>): void {
  hosts.addIndex(BY_WORKER, (host) => (host.status?.worker ? [host.status.worker.id] : []));
}

/**
 * How a guest that dials is to prove itself, and we to it. It may dial before what it reported through vSphere has come to us:
 * so this waits until the resources tell its host key, or the signal aborts.
 */
export async function identifyWorker(
  hosts: Informer<VirtualContainerHost>,
  readSecret: SecretReader,
  workerId: string,
  signal: AbortSignal,
): Promise<LinkIdentity> {
  const [host, hostKey] = await told(hosts, signal, `a worker ${workerId.slice(0, 12)}`, () => {
    const owner = hostOfWorker(hosts, workerId);
    const key = owner?.status?.worker?.hostKey;
    return owner !== undefined && key !== undefined ? [owner, key] : undefined;
  });
  const { name, namespace } = host.metadata;
  return { hostKey, privateKey: await privateKeyOf(readSecret, namespace, name, workerId) };
}

/**
 * The same of a container's guest. What is told may still be of the run before: then the guest doesn't prove itself, and is asked
 * again when more is told.
 * @param find the container with this id
 */
export async function identifyContainer(
  containers: Informer<ContainerVM>,
  readSecret: SecretReader,
  find: () => ContainerVM | undefined,
  containerId: string,
  signal: AbortSignal,
): Promise<LinkIdentity> {
  const [container, hostKey] = await told(containers, signal, "the guest's key", () => {
    const found = find();
    const key = found?.status?.agent?.hostKey;
    return found !== undefined && key !== undefined ? [found, key] : undefined;
  });
  const { metadata, spec } = container;
  const privateKey = await privateKeyOf(
    readSecret,
    metadata.namespace,
    spec.hostRef.name,
    containerId,
  );
  return { hostKey, privateKey };
}

async function privateKeyOf(
  readSecret: SecretReader,
  namespace: string,
  host: string,
  guestId: string,
): Promise<string> {
  const secret = await readSecret(namespace, linkSecretName(host));
  const key = secret?.key;
  if (key === undefined) throw new Error(`Secret ${namespace}/${linkSecretName(host)} has no key`);
  return deriveLinkKey(key, guestId).privateKey;
}

/** Waits until the resources of a kind tell something. */
function told<T extends KubeObject, A>(
  informer: Informer<T>,
  signal: AbortSignal,
  what: string,
  look: () => A | undefined,
): Promise<A> {
  return new Promise((resolve, reject) => {
    const tryIt = () => {
      const answer = look();
      if (answer === undefined) return;
      stop();
      resolve(answer);
    };
    const onAbort = () => {
      stop();
      reject(new Error(`no ${informer.kind.kind} tells of ${what}`, { cause: signal.reason }));
    };
    const unsubscribe: { call?: () => void } = {};
    const stop = () => {
      unsubscribe.call?.();
      signal.removeEventListener("abort", onAbort);
    };
    const at = look();
    if (at !== undefined) return resolve(at);
    signal.addEventListener("abort", onAbort, { once: true });
    unsubscribe.call = informer.addHandler({ add: tryIt, update: tryIt });
    if (signal.aborted) onAbort();
    else tryIt();
  });
}
