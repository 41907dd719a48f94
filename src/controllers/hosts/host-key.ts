import { type ObjectKey, refKey } from "../../kube/object.ts";

interface RefersToHost {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly hostRef: { readonly name: string } };
}

/** The VirtualContainerHost that an object refers to, in its own namespace. */
export const hostKeyOf = ({ metadata, spec }: RefersToHost): ObjectKey =>
  refKey({ namespace: metadata.namespace, name: spec.hostRef.name });
