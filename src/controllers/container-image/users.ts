import { KINDS } from "../../api/kinds.ts";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { Informers } from "../../kube/informer.ts";
import { keyOf, refKey } from "../../kube/object.ts";

const BY_IMAGE = "image";

/** The ContainerVMs that use an image, as keys. */
export function imageUsers(informers: Informers): (image: ContainerImage) => string[] {
  const containers = informers.of(KINDS.ContainerVM);
  containers.addIndex(BY_IMAGE, ({ metadata, status }) =>
    status?.imageRef ? [refKey({ namespace: metadata.namespace, name: status.imageRef.name })] : [],
  );
  return (image) => containers.store.byIndex(BY_IMAGE, keyOf(image)).map((each) => keyOf(each));
}
