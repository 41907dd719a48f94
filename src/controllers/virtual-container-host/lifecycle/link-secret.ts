import { randomBytes } from "node:crypto";
import { KINDS } from "../../../api/kinds.ts";
import { linkSecretName } from "../../../api/naming.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { KubeClient } from "../../../kube/client.ts";
import { type Secret, secretKind } from "../../../kube/core-kinds.ts";
import { isAlreadyExists, isForbidden } from "../../../kube/errors.ts";
import { LINK_KEY_BYTES } from "../../hosts/link-key.ts";

/** Makes the link Secret of a host with random bytes, unless it is there. It goes with the host. */
export async function createLinkSecret(
  client: KubeClient,
  host: VirtualContainerHost,
): Promise<Secret | undefined> {
  const { name, namespace, uid } = host.metadata;
  const { apiVersion, kind } = KINDS.VirtualContainerHost;
  try {
    return await client.create(secretKind, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: linkSecretName(name),
        namespace,
        ownerReferences: [{ apiVersion, kind, name, uid }],
      },
      type: "Opaque",
      data: { key: randomBytes(LINK_KEY_BYTES).toString("base64") },
    });
  } catch (error) {
    // Somebody was faster; or the namespace is going, and the host with it.
    if (isAlreadyExists(error) || isForbidden(error)) return undefined;
    throw error;
  }
}
