import { CONDITIONS } from "../api/conditions.ts";
import type { Condition } from "../api/condition.ts";
import { KINDS } from "../api/kinds.ts";
import { FINALIZER, IN_USE_FINALIZER, OUTPUT_FINALIZER } from "../api/metadata.ts";
import type { ObjectMeta } from "../api/object-meta.ts";
import { holderOf } from "../controllers/names/claims.ts";
import { findCondition } from "../reconcile/conditions.ts";
import type { Finding } from "./finding.ts";
import { always, ever } from "./known.ts";
import type { Observed, Resources } from "./observed.ts";

// Resources that hang, or that nobody needs any more. Pure.

/** What is on its way may take so long before it counts as stuck, milliseconds. */
const GRACE_MS = 60_000;

/** Findings about claims to names, Secrets, and objects that aren't let go. */
export const checkObjects = (observed: Observed): Finding[] => [
  ...names(observed),
  ...secrets(observed),
  ...deletions(observed),
];

function names({ before, after, nowMs }: Observed): Finding[] {
  const containers = ever(before.containers, after.containers);
  return always(before.names, after.names)
    .filter((claim) => isOld(claim.metadata.creationTimestamp, nowMs))
    .filter((claim) => !holderOf(claim, containers))
    .map(({ metadata: { namespace, name }, spec }) => ({
      severity: "leaked",
      code: "NameWithoutHolder",
      where: `ContainerName ${namespace}/${name}`,
      what: `Nobody holds the name "${spec.name}" of host "${spec.hostRef.name}".`,
      todo: "Delete the ContainerName.",
    }));
}

function secrets({ before, after, nowMs }: Observed): Finding[] {
  const used = new Set(
    [...before.servers, ...after.servers].map(
      ({ metadata, spec }) => `${metadata.namespace}/${spec.credentialsSecretRef.name}`,
    ),
  );
  const uids = new Set(
    [before, after].flatMap((all) => objectsOf(all)).map(({ metadata }) => metadata.uid),
  );
  const kinds: ReadonlySet<string> = new Set(Object.keys(KINDS));
  const former = new Set(before.secrets.map((secret) => secret.metadata?.uid));
  return after.secrets
    .filter((secret) => former.has(secret.metadata?.uid))
    .flatMap((secret): Finding[] => {
      const { name, namespace, finalizers, ownerReferences } = secret.metadata ?? {};
      const where = `Secret ${namespace}/${name}`;
      if (finalizers?.includes(IN_USE_FINALIZER) && !used.has(`${namespace}/${name}`))
        return [
          {
            severity: "leaked",
            code: "SecretWithoutUse",
            where,
            what: `It carries the finalizer ${IN_USE_FINALIZER}, and no VSphereServer uses it.`,
            todo: "Take the finalizer off.",
          },
        ];
      const isOrphan =
        isOld(secret.metadata?.creationTimestamp, nowMs) &&
        (ownerReferences ?? []).some(({ kind, uid }) => kinds.has(kind) && !uids.has(uid));
      if (!isOrphan) return [];
      return [
        {
          severity: "leaked",
          code: "SecretWithoutUse",
          where,
          what: "The resource that it was made for doesn't exist.",
          todo: "Delete it.",
        },
      ];
    });
}

interface Hanging {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly status?: { readonly conditions?: Condition[] };
}

const objectsOf = (all: Resources): Hanging[] => [
  ...all.servers,
  ...all.stores,
  ...all.hosts,
  ...all.images,
  ...all.containers,
];

const OURS: ReadonlySet<string> = new Set([FINALIZER, IN_USE_FINALIZER, OUTPUT_FINALIZER]);

function deletions({ before, after, nowMs }: Observed): Finding[] {
  return always(objectsOf(before), objectsOf(after))
    .filter(({ metadata }) => isOld(metadata.deletionTimestamp, nowMs))
    .filter(({ metadata }) => metadata.finalizers?.some((each) => OURS.has(each)))
    .map(({ kind, metadata, status }) => {
      const ready = findCondition(status?.conditions, CONDITIONS.Ready);
      return {
        severity: "stuck",
        code: "DeletionStuck",
        where: `${kind} ${metadata.namespace}/${metadata.name}`,
        what: `It has been going since ${metadata.deletionTimestamp}${ready ? ` (${ready.reason}: ${ready.message})` : ""}.`,
        todo: "Do what its condition Ready says; see that the operator runs.",
      };
    });
}

const isOld = (time: string | undefined, nowMs: number): boolean =>
  time !== undefined && Date.parse(time) + GRACE_MS < nowMs;
