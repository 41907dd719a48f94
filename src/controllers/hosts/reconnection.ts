import { type Outcome, park, requeueAfter } from "../../reconcile/outcome.ts";
import type { Dependencies } from "../dependencies.ts";
import { hostTopic } from "./host-registry.ts";

type Registries = Pick<Dependencies, "hosts" | "servers">;

/** How soon a call that had no answer is made again where its server answers by now, milliseconds. */
const SOON_MS = 2000;

/**
 * Calls a listener with the key of each host whose server is connected again, so that it wakes what waits for the host: that is the same as before, and isn't
 * put anew.
 */
export function onHostBack(
  { hosts, servers }: Registries,
  listener: (key: string) => void,
): () => void {
  return servers.onChange((serverKey) => {
    for (const { key, server } of hosts.all())
      if (server.key === serverKey && hosts.get(key)) listener(key);
  });
}

/** What becomes of a key whose call to vSphere had no answer: it waits for its host, or for a moment where that is back already. */
export const afterNoAnswer = ({ hosts }: Pick<Registries, "hosts">, hostKey: string): Outcome =>
  hosts.get(hostKey) ? requeueAfter(SOON_MS) : park(hostTopic(hostKey));
