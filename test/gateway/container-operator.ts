// Stands for the operator in tests of the gateway: writes the status of ContainerVMs as their VMs would have it, by the rules of spec.request.
import type { ContainerVM, ContainerVMStatus } from "../../src/api/containervm.gen.ts";
import { containerId, containerNameObjectName } from "../../src/api/identity.ts";
import { dockerNameOf } from "../../src/api/docker-name.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { FIELD_MANAGERS, FINALIZER, OUTPUT_FINALIZER } from "../../src/api/metadata.ts";
import type { KubeClient, Partially } from "../../src/kube/client.ts";
import { isConflict, isNotFound } from "../../src/kube/errors.ts";
import type { Informers } from "../../src/kube/informer.ts";
import { keyOf } from "../../src/kube/object.ts";
import { printable } from "../../src/oci/index.ts";

/** How a container's process ends: by itself at once, with what; or not before it is stopped. */
export type Ending =
  | { readonly exitCode: number }
  | {
      readonly failure: {
        readonly code: number;
        readonly reason: string;
        readonly message: string;
      };
    }
  | "stays";

export interface OperatorOptions {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly namespace: string;
  /** Told by the container; `stays` where left out. */
  ending?(container: ContainerVM): Ending;
  /** Waits before a wish is served. */
  delay?(container: ContainerVM): Promise<void>;
}

/** One key at a time, each until there is nothing to do. */
export function standForOperator(options: OperatorOptions): { stop(): Promise<void> } {
  const { client, informers, namespace } = options;
  const informer = informers.of(KINDS.ContainerVM);
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const see = (container: ContainerVM): void => {
    if (container.metadata.namespace !== namespace) return;
    const key = keyOf(container);
    const turn = (running.get(key) ?? Promise.resolve()).then(async () => {
      while (!stopping.signal.aborted) {
        try {
          const now = await client.get(KINDS.ContainerVM, container.metadata);
          if (!(await step(now, options))) return;
        } catch (error) {
          if (isNotFound(error)) return;
          if (!isConflict(error)) throw error;
        }
      }
    });
    running.set(key, turn);
  };
  const detach = informer.addHandler({ add: see, update: see });
  return {
    async stop() {
      stopping.abort();
      detach();
      await Promise.all(running.values());
    },
  };
}

/** A status as a merge patch writes it. */
type Nullable = Omit<ContainerVMStatus, "exit"> & {
  readonly exit?: ContainerVMStatus["exit"] | null;
};

/** Whether something was done. */
async function step(container: ContainerVM, options: OperatorOptions): Promise<boolean> {
  const { metadata, spec, status = {} } = container;
  const { client } = options;
  if (metadata.deletionTimestamp !== undefined) return remove(container, options);
  if (!metadata.finalizers?.includes(FINALIZER)) {
    const finalizers = [...(metadata.finalizers ?? []), FINALIZER];
    const patch = { metadata: { finalizers, resourceVersion: metadata.resourceVersion } };
    await client.patch(KINDS.ContainerVM, metadata, { type: "merge", patch });
    return true;
  }
  const write = async (next: Partially<Nullable>): Promise<true> => {
    await client.patch(
      KINDS.ContainerVM,
      metadata,
      { type: "merge", patch: { status: next } },
      { subresource: "status", fieldManager: FIELD_MANAGERS.operator },
    );
    return true;
  };
  if (status.state === undefined) {
    return write({
      id: containerId(metadata.uid),
      state: "Created",
      servedPowerState: spec.powerState,
    });
  }
  const { request } = spec;
  const isUp = status.state === "Running";
  if (request !== undefined && request.seq > (status.request ?? 0)) {
    await options.delay?.(container);
    const starts = (status.starts ?? 0) + 1;
    const run = { request: request.seq, starts, run: starts };
    if (request.action === "Stop" || request.action === "Kill") {
      return isUp
        ? write({ ...ended(request.action === "Stop" ? 0 : 137), request: request.seq })
        : write({ request: request.seq });
    }
    const ending = options.ending?.(container) ?? "stays";
    await write({ request: request.seq, state: "Starting" });
    const at = new Date().toISOString();
    if (ending === "stays") {
      // null takes away how the last run ended.
      return write({ ...run, state: "Running", startedAt: at, pid: 7, exit: null });
    }
    if ("failure" in ending) {
      const exit = { ...ending.failure, message: printable(ending.failure.message), at };
      return write({ ...run, state: "Failed", exit });
    }
    return write({ ...run, startedAt: at, ...ended(ending.exitCode) });
  }
  if (spec.autoRemove && (status.state === "Exited" || status.state === "Failed")) {
    await client.delete(KINDS.ContainerVM, metadata, { uid: metadata.uid });
    return true;
  }
  return false;
}

const ended = (code: number): ContainerVMStatus => ({
  state: "Exited",
  exit: { code, at: new Date().toISOString() },
});

async function remove(container: ContainerVM, { client }: OperatorOptions): Promise<boolean> {
  const { metadata, spec } = container;
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes(OUTPUT_FINALIZER) || finalizers.length === 0) return false;
  const name = containerNameObjectName(spec.hostRef.name, dockerNameOf(container));
  await client
    .delete(KINDS.ContainerName, { namespace: metadata.namespace, name })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  const patch = { metadata: { finalizers: [], resourceVersion: metadata.resourceVersion } };
  await client.patch(KINDS.ContainerVM, metadata, { type: "merge", patch });
  return false;
}
