import { deriveLinkKey } from "../api/link-key.ts";
import { linkSecretName } from "../api/naming.ts";
import type { VirtualContainerHost } from "../api/virtualcontainerhost.gen.ts";
import type { Informer } from "../kube/informer.ts";
import type { LinkIdentity } from "./links/link.ts";
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
  const host = await workerReported(hosts, workerId, signal);
  const { name, namespace } = host.metadata;
  const secret = await readSecret(namespace, linkSecretName(name));
  const key = secret?.key;
  if (key === undefined) throw new Error(`Secret ${namespace}/${linkSecretName(name)} has no key`);
  const { privateKey } = deriveLinkKey(key, workerId);
  return { hostKey: host.status?.worker?.hostKey ?? "", privateKey };
}

function workerReported(
  hosts: Informer<VirtualContainerHost>,
  workerId: string,
  signal: AbortSignal,
): Promise<VirtualContainerHost> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const host = hostOfWorker(hosts, workerId);
      if (host?.status?.worker?.hostKey === undefined) return;
      stop();
      resolve(host);
    };
    const onAbort = () => {
      stop();
      reject(
        new Error(`no VirtualContainerHost tells of a worker ${workerId.slice(0, 12)}`, {
          cause: signal.reason,
        }),
      );
    };
    const unsubscribe: { call?: () => void } = {};
    const stop = () => {
      unsubscribe.call?.();
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    unsubscribe.call = hosts.addHandler({ add: look, update: look });
    if (signal.aborted) onAbort();
    else look();
  });
}
