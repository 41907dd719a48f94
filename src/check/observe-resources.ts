import { KINDS } from "../api/kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import { secretKind } from "../kube/core-kinds.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resources } from "./observed.ts";

/** Objects in one page of a list. */
const PAGE = 500;

/** Lists every resource of the installation, in all namespaces. Throws what the client throws. */
export async function observeResources(client: KubeClient): Promise<Resources> {
  // Claims before containers: a claim whose container came in between would look unheld.
  const names = await listAll(client, KINDS.ContainerName);
  const [servers, stores, hosts, images, containers, secrets] = await Promise.all([
    listAll(client, KINDS.VSphereServer),
    listAll(client, KINDS.VolumeStore),
    listAll(client, KINDS.VirtualContainerHost),
    listAll(client, KINDS.ContainerImage),
    listAll(client, KINDS.ContainerVM),
    listAll(client, secretKind),
  ]);
  return { servers, stores, hosts, images, containers, names, secrets };
}

async function listAll<T extends KubeObject>(client: KubeClient, kind: Kind<T>): Promise<T[]> {
  const all: T[] = [];
  let continueToken: string | undefined;
  do {
    const page = await client.list(kind, { limit: PAGE, continueToken });
    all.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return all;
}
