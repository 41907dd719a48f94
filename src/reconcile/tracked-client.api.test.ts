import { pino } from "pino";
import { expect, inject, test } from "vitest";
import { configMapKind } from "../kube/core-kinds.ts";
import { createKubeClient } from "../kube/http-client.ts";
import { loadKubeconfig } from "../kube/kubeconfig.ts";
import { createInformers } from "../kube/shared-informers.ts";
import { Writes } from "./tracked-client.ts";

test("of two writes the newer is waited for, whichever was answered last", async () => {
  const client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
  const informers = createInformers(client, pino({ level: "silent" }));
  const informer = informers.of(configMapKind);
  informers.start();
  await informers.synced();
  const { resourceVersion } = await client.list(configMapKind, { limit: 1 });
  const at = (more: number): string => String(Number(resourceVersion) + 1_000_000 + more);
  const writes = new Writes(informers);
  for (const more of [2, 1]) {
    writes.add(configMapKind, { metadata: { resourceVersion: at(more) } });
  }
  const seen = writes.seen(AbortSignal.timeout(20_000));
  let done = false;
  void seen.then(() => (done = true));
  // As the watch would say.
  (informer as unknown as { bookmark(version: string): void }).bookmark(at(1));
  await new Promise(setImmediate);
  expect(done).toBe(false);
  (informer as unknown as { bookmark(version: string): void }).bookmark(at(2));
  await seen;
  await informers.stop();
  await client.close();
});
