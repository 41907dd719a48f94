import type { ClusterSource } from "../config.ts";
import { loadInCluster, type ClusterAccess } from "../kube/access.ts";
import type { KubeClient } from "../kube/client.ts";
import { namespaceKind } from "../kube/core-kinds.ts";
import { loadKubeconfig } from "../kube/kubeconfig.ts";
import { Backoff, pause } from "../kube/backoff.ts";
import type { Logger } from "pino";

/** How the API server is reached, with the credentials found there. */
export function loadAccess(source: ClusterSource): Promise<ClusterAccess> {
  return source.type === "kubeconfig"
    ? loadKubeconfig(source.paths)
    : loadInCluster(source.host, source.port);
}

/** The identity of this installation: the UID of the namespace kube-system. Waits for an API server that isn't there yet. */
export async function readInstallation(
  client: KubeClient,
  log: Logger,
  signal: AbortSignal,
): Promise<string> {
  const backoff = new Backoff(250, 5_000);
  for (;;) {
    signal.throwIfAborted();
    try {
      const { metadata } = await client.get(namespaceKind, { name: "kube-system" }, { signal });
      if (metadata?.uid !== undefined) return metadata.uid;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, "cannot read the namespace kube-system yet, trying again");
    }
    await pause(backoff.nextMs(), signal);
  }
}
