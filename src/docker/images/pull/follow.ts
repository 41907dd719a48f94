import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ImageProgress } from "../../../console/client/console-client.ts";
import type { Tenant } from "../../tenant.ts";

/** How long until the console is asked again which didn't know of any work on the image, or didn't answer. */
const AGAIN_MS = 500;

/** Hears from the console how far an image's layers are, until the signal aborts. Never throws: without a console there is a pull without progress. */
export async function followProgress(
  tenant: Tenant,
  { metadata }: ContainerImage,
  hear: (progress: ImageProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const address = { namespace: tenant.namespace, host: tenant.name, name: metadata.name };
  while (!signal.aborted) {
    try {
      const stream = await tenant.console.progress(address, signal);
      for await (const progress of stream) {
        if (signal.aborted) return;
        hear(progress as ImageProgress);
      }
    } catch (error) {
      tenant.log.debug({ err: error, image: metadata.name }, "no progress of an image");
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}
