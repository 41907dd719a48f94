import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import type { Tenant } from "../../tenant.ts";

/** The image that a container uses, or, before the operator has chosen, would; undefined where it isn't known. */
export function imageOf(tenant: Tenant, { spec, status }: ContainerVM): ContainerImage | undefined {
  const name = status?.imageRef?.name;
  const chosen =
    name === undefined ? undefined : tenant.imageInformer.store.get(`${tenant.namespace}/${name}`);
  return chosen ?? tenant.images.byReference(spec.image);
}
