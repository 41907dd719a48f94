import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerImageStatusUnpack } from "../../../src/api/containerimage.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { FIELD_MANAGERS } from "../../../src/api/metadata.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { isNotFound } from "../../../src/kube/errors.ts";
import { disksToUnpack, withAnswer } from "../../../src/console/layers/plan.ts";

/** What a console that stands in says of a disk that is attached. */
export type Answer = (
  chainId: string,
  attempt: number,
) => Pick<ContainerImageStatusUnpack, "result" | "reason" | "message">;

/**
 * A console without guests: simulated workers have no agent to unpack anything, so it only writes
 * the answers that the real one would.
 */
export function standInConsole(
  client: KubeClient,
  answer: Answer = () => ({ result: "Done" }),
): () => Promise<void> {
  const abort = new AbortController();
  const running = (async () => {
    while (!abort.signal.aborted) {
      const { items } = await client.list(KINDS.ContainerImage);
      for (const image of items) {
        const [disk] = disksToUnpack(image.status ?? {});
        if (!disk) continue;
        const { chainId, attached } = disk;
        const unpacks = withAnswer(image.status ?? {}, {
          chainId,
          attempt: attached.attempt,
          finishedAt: new Date().toISOString(),
          ...answer(chainId, attached.attempt),
        });
        const { name, namespace } = image.metadata;
        try {
          await client.applyStatus(
            KINDS.ContainerImage,
            { metadata: { name, namespace }, status: { unpacks: [...unpacks] } },
            { fieldManager: FIELD_MANAGERS.console },
          );
        } catch (error) {
          // Deleted meanwhile.
          if (!isNotFound(error)) throw error;
        }
      }
      await sleep(100, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    abort.abort();
    await running;
  };
}
