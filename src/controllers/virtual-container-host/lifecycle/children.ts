import { KINDS } from "../../../api/kinds.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { KubeClient } from "../../../kube/client.ts";
import { isConflict, isNotFound } from "../../../kube/errors.ts";
import type { Kind } from "../../../kube/kind.ts";
import type { KubeObject } from "../../../kube/object.ts";

/**
 * Deletes containers or images of a host that is being deleted. The cache may show a host that is gone while a successor
 * of its name has children already: so the server is asked whether it is still this one, and each child goes by its UID.
 */
export async function deleteChildren(
  client: KubeClient,
  { metadata: { name, namespace, uid } }: VirtualContainerHost,
  kind: Kind<KubeObject>,
  children: readonly KubeObject[],
): Promise<void> {
  try {
    const host = await client.get(KINDS.VirtualContainerHost, { name, namespace });
    if (host.metadata.uid !== uid) return;
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  for (const { metadata } of children) {
    const ref = { name: metadata?.name ?? "", namespace: metadata?.namespace };
    try {
      await client.delete(kind, ref, { uid: metadata?.uid });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
