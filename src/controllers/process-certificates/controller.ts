import { INSTALLATION_SECRETS } from "../../api/installation-secrets.ts";
import { type Secret, secretKind } from "../../kube/core-kinds.ts";
import { refKey } from "../../kube/object.ts";
import type { ControllerSpec } from "../../reconcile/controller.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import { waitMs } from "../certificates/again.ts";
import { isUnusable, keepAuthority, keepLeaf } from "../certificates/ensure.ts";
import { type LeafRequest } from "../certificates/leaf.ts";
import { LIFETIMES } from "../certificates/lifetime.ts";
import type { Dependencies } from "../dependencies.ts";

/** What the processes of an installation show each other. Their names are their roles. */
const PROCESSES: readonly { readonly secret: string; readonly request: LeafRequest }[] = [
  {
    secret: INSTALLATION_SECRETS.console,
    // Consoles ask each other, too.
    request: requestOf("vic-console", ["server", "client"]),
  },
  { secret: INSTALLATION_SECRETS.gateway, request: requestOf("vic-gateway", ["client"]) },
];

function requestOf(role: string, usages: LeafRequest["usages"]): LeafRequest {
  return { commonName: role, names: [role], usages, lifetimeMs: LIFETIMES.process };
}

/** Makes the installation's authority and the certificates of its processes, and renews them. */
export function processCertificatesController({
  informers,
  issuer,
  namespace,
}: Pick<Dependencies, "informers" | "issuer" | "namespace">): ControllerSpec<Secret> {
  const secrets = informers.of(secretKind).store;
  const authorityPlace = { namespace, name: INSTALLATION_SECRETS.authority };
  const places = [authorityPlace, ...PROCESSES.map(({ secret }) => ({ namespace, name: secret }))];
  const [only, ...others] = places.map((place) => refKey(place));
  return {
    name: "processcertificates",
    kind: secretKind,
    watches: [
      {
        kind: secretKind,
        map: ({ metadata }) =>
          others.includes(refKey({ namespace: metadata?.namespace, name: metadata?.name ?? "" }))
            ? [only!]
            : [],
      },
    ],
    // None of them may be there yet.
    sources: [{ name: "start", run: (queue) => queue.enqueue(only!) }],
    async reconcile({ key }, { client, log }): Promise<Outcome> {
      if (key !== only) return awaitChange();
      const nowMs = Date.now();
      const keeper = { client, secrets, issuer, nowMs };
      const kept = await keepAuthority(keeper, authorityPlace, "vic-operator");
      if (isUnusable(kept)) {
        log.error(kept.unusable);
        return awaitChange();
      }
      const again = [kept.renewAtMs];
      for (const { secret, request } of PROCESSES) {
        const place = { namespace, name: secret };
        const leaf = await keepLeaf(keeper, place, request, kept.authority);
        if (isUnusable(leaf)) log.error(leaf.unusable);
        else again.push(leaf.renewAtMs);
      }
      return requeueAfter(waitMs(again, nowMs));
    },
  };
}
