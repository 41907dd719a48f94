import type { KubeClient } from "../../kube/client.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import type { OwnerReference } from "../../kube/object.ts";
import { encodeData, type SecretData } from "./secret-data.ts";

/** On the Secrets that we make: without it one is somebody else's, and stays as it is. */
const MANAGED_BY = "app.kubernetes.io/managed-by";
const US = "vic-operator";

/** Where a Secret is, and what it goes with. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly owner?: OwnerReference | undefined;
}

/** Whether the operator made it: any other is for its owner to change. */
export const isOurs = ({ metadata }: Secret): boolean => metadata?.labels?.[MANAGED_BY] === US;

/**
 * Makes a Secret, or changes the one that was looked at.
 *
 * @throws ApiError Conflict or AlreadyExists where it isn't what was looked at any more
 */
export function putSecret(
  client: KubeClient,
  { namespace, name, owner }: Place,
  known: Secret | undefined,
  data: SecretData,
): Promise<Secret> {
  const encoded = encodeData(data);
  if (!known) {
    return client.create(secretKind, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        namespace,
        name,
        labels: { [MANAGED_BY]: US },
        ...(owner ? { ownerReferences: [owner] } : {}),
      },
      type: "kubernetes.io/tls",
      data: encoded,
    });
  }
  const { resourceVersion } = known.metadata ?? {};
  const patch = { metadata: { resourceVersion }, data: encoded };
  return client.patch(secretKind, { namespace, name }, { type: "merge", patch });
}
