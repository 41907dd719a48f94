import type { ContainerVM } from "../../api/containervm.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { EXTRA_CONFIG, type VmMarker } from "../../api/markers.ts";
import { FIELD_MANAGERS } from "../../api/metadata.ts";
import { parseKey, refKey } from "../../kube/object.ts";
import type { KubeClient } from "../../kube/client.ts";
import { ApiError, isAlreadyExists } from "../../kube/errors.ts";
import { readVmHardware, type VmRecord } from "../../vsphere/index.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { containerOfLeft, parseLeftContainer } from "./left-container.ts";

/** What became of a VM without a ContainerVM. */
export type BroughtBack =
  | { readonly result: "made"; readonly name: string }
  /** The VM is gone, or somebody was faster: look again. */
  | { readonly result: "nothing" }
  /** It says too little, or what the API server won't have. */
  | { readonly result: "refused"; readonly why: string };

/**
 * Makes the ContainerVM of a VM again that has none. Nothing is done to the VM.
 *
 * @param find the ContainerVM of a key, as far as the caches know
 */
export async function bringBack(
  client: KubeClient,
  server: PooledServer,
  vm: VmRecord,
  marker: VmMarker,
  find: (key: string) => ContainerVM | undefined,
): Promise<BroughtBack> {
  // The inventory's cache may be behind: a VM that isn't there must not come back as a resource.
  const hardware = await readVmHardware(server.vsphere, vm.ref);
  if (!hardware) return { result: "nothing" };
  const left = parseLeftContainer(hardware.extraConfig[EXTRA_CONFIG.spec]);
  const { namespace } = parseKey(marker.host);
  if (!left || left.metadata.namespace !== namespace)
    return { result: "refused", why: `its ${EXTRA_CONFIG.spec} doesn't tell of a ContainerVM` };
  const manifest = containerOfLeft(
    left,
    marker.id,
    (name) => find(refKey({ namespace, name })) !== undefined,
  );
  try {
    await client.create(KINDS.ContainerVM, manifest, { fieldManager: FIELD_MANAGERS.operator });
    return { result: "made", name: manifest.metadata?.name ?? "" };
  } catch (error) {
    if (isAlreadyExists(error)) return { result: "nothing" };
    if (error instanceof ApiError && error.code === 422)
      return { result: "refused", why: error.message };
    throw error;
  }
}
