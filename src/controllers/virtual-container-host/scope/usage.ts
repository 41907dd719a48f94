import { isDeepStrictEqual } from "node:util";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { roomOfAll, takesRoom } from "../../../api/quota.ts";
import type {
  VirtualContainerHost,
  VirtualContainerHostStatusUsage,
} from "../../../api/virtualcontainerhost.gen.ts";

/** What is in a host, counted. */
export const countUsage = (
  containers: readonly ContainerVM[],
  host: Pick<VirtualContainerHost, "spec">,
): VirtualContainerHostStatusUsage => ({
  containers: containers.length,
  running: containers.filter(({ status }) => status?.state === "Running").length,
  ...roomOfAll(containers.filter(takesRoom), host),
});

/** So often the counts are written at most: they change with every container, and few people look. */
const INTERVAL_MS = 10_000;

/** Holds the counts back that change too often. */
export class UsageThrottle {
  readonly #writtenMs = new Map<string, number>();

  /** The counts to write now, and after how long to look again when they aren't the newest. */
  next(
    key: string,
    stands: VirtualContainerHostStatusUsage | undefined,
    now: VirtualContainerHostStatusUsage,
    nowMs: number,
  ): { readonly usage: VirtualContainerHostStatusUsage; readonly againMs: number | undefined } {
    if (stands && isDeepStrictEqual(stands, now)) return { usage: stands, againMs: undefined };
    const dueMs = (this.#writtenMs.get(key) ?? Number.NEGATIVE_INFINITY) + INTERVAL_MS - nowMs;
    if (stands && dueMs > 0) return { usage: stands, againMs: dueMs };
    this.#writtenMs.set(key, nowMs);
    return { usage: now, againMs: undefined };
  }

  forget(key: string): void {
    this.#writtenMs.delete(key);
  }
}
