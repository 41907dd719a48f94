import type { ContainerVM } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { OUTPUT_FINALIZER } from "../../api/metadata.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import type { Tenant } from "../tenant.ts";

const TRIES = 5;

/**
 * Lets go of a container that is removed when it ends and whose output has been read: takes the finalizer off. Doesn't throw: what can't be taken off, the
 * operator does after half a minute.
 */
export async function releaseOutput(tenant: Tenant, container: ContainerVM): Promise<void> {
  if (container.spec.autoRemove !== true) return;
  try {
    await takeOff(tenant, container);
  } catch (error) {
    tenant.log.warn({ err: error, container: container.metadata.name }, "output is still held");
  }
}

async function takeOff({ client }: Tenant, { metadata }: ContainerVM): Promise<void> {
  const ref = { namespace: metadata.namespace, name: metadata.name };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const now = await client.get(KINDS.ContainerVM, ref);
      const finalizers = now.metadata.finalizers ?? [];
      if (now.metadata.uid !== metadata.uid || !finalizers.includes(OUTPUT_FINALIZER)) return;
      const { resourceVersion } = now.metadata;
      const left = finalizers.filter((finalizer) => finalizer !== OUTPUT_FINALIZER);
      const patch = { metadata: { resourceVersion, finalizers: left } };
      await client.patch(KINDS.ContainerVM, ref, { type: "merge", patch });
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt === TRIES) throw error;
    }
  }
}
