import { type ObjectKey, refKey } from "../../kube/object.ts";

interface RefersToServer {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly serverRef: { readonly name: string; readonly namespace?: string } };
}

/** The VSphereServer that an object refers to; in its own namespace where it names none. */
export const serverKeyOf = ({ metadata, spec }: RefersToServer): ObjectKey =>
  refKey({ namespace: spec.serverRef.namespace ?? metadata.namespace, name: spec.serverRef.name });
