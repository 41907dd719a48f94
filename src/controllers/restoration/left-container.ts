import { isDeepStrictEqual } from "node:util";
import type { ContainerVM, ContainerVMSpec } from "../../api/containervm.gen.ts";
import { ANNOTATIONS, LABELS } from "../../api/metadata.ts";
import type { Partially } from "../../kube/client.ts";
import { KINDS } from "../../api/kinds.ts";

// What a VM says of the ContainerVM that it was made for, for the case that the resource is lost. Pure.

/** The content of a VM's `vic.spec`, written by the call that creates it. */
export interface LeftContainer {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Only when it was made: for Docker. */
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: ContainerVMSpec;
  /** What its image's reference meant then. */
  readonly image?: { readonly digest?: string; readonly id?: string };
}

/** Writes down what would be lost with a container's resource. */
export function formatLeftContainer(
  { metadata, spec }: Pick<ContainerVM, "metadata" | "spec">,
  image: { readonly digest?: string | undefined; readonly imageId?: string | undefined },
): string {
  const { name, namespace, labels, annotations, creationTimestamp } = metadata;
  const { request: _request, ...lasting } = spec;
  const createdAt = annotations?.[ANNOTATIONS.createdAt] ?? creationTimestamp;
  const { digest, imageId: id } = image;
  return JSON.stringify({
    metadata: {
      name,
      namespace,
      ...(labels ? { labels } : {}),
      ...(createdAt ? { annotations: { [ANNOTATIONS.createdAt]: createdAt } } : {}),
    },
    spec: lasting,
    image: { ...(digest === undefined ? {} : { digest }), ...(id === undefined ? {} : { id }) },
  } satisfies LeftContainer);
}

/** The inverse of {@link formatLeftContainer}; undefined where a part that a resource needs isn't there. */
export function parseLeftContainer(text: string | undefined): LeftContainer | undefined {
  try {
    const left = JSON.parse(text ?? "") as Partial<LeftContainer> | null;
    const { name, namespace } = left?.metadata ?? {};
    const isWhole =
      typeof name === "string" &&
      typeof namespace === "string" &&
      typeof left?.spec?.image === "string" &&
      typeof left.spec.hostRef?.name === "string";
    return isWhole ? (left as LeftContainer) : undefined;
  } catch {
    return undefined;
  }
}

/** What of a specification may change, so that two that differ in it may be one container's. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  "name",
  "powerState",
  "request",
  "restart",
  "stopTimeoutSeconds",
]);

/** Whether a VM that was made from one specification is what another one asks for. */
export function isSameContainer(left: ContainerVMSpec, wanted: ContainerVMSpec): boolean {
  const lasting = (spec: ContainerVMSpec): object =>
    Object.fromEntries(Object.entries(spec).filter(([field]) => !CHANGEABLE.has(field)));
  return isDeepStrictEqual(lasting(left), lasting(wanted));
}

/** Digits of the id that tell a container apart whose name another one has by now. */
const SUFFIX = 8;
const MAX_NAME = 253;

/**
 * The ContainerVM of a VM that has none, as it is to be made again.
 *
 * @param isTaken whether another ContainerVM of the namespace has this name
 */
export function containerOfLeft(
  { metadata, spec }: LeftContainer,
  id: string,
  isTaken: (name: string) => boolean,
): Partially<ContainerVM> {
  const { name, namespace, labels, annotations } = metadata;
  const suffix = `-${id.slice(0, SUFFIX)}`;
  const { apiVersion, kind } = KINDS.ContainerVM;
  return {
    apiVersion,
    kind,
    metadata: {
      name: isTaken(name) ? name.slice(0, MAX_NAME - suffix.length) + suffix : name,
      namespace,
      labels: { ...labels, [LABELS.host]: spec.hostRef.name },
      annotations: { ...annotations, [ANNOTATIONS.adopt]: id },
    },
    spec,
  };
}
