import type { ContainerVMSpec } from "../../api/containervm.gen.ts";

/** The part of a ContainerVM's specification that a request to create decides. */
export type CreateSpec = Omit<
  ContainerVMSpec,
  "hostRef" | "image" | "name" | "powerState" | "request" | "logMaxMiB" | "stopTimeoutSeconds"
> & { readonly stopTimeoutSeconds?: number };
