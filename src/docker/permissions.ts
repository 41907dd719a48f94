import type { PolicyRule } from "../api/policy-rule.ts";

/** What `vic gateway` may do; `npm run generate` makes its ClusterRole of it. */
export const permissions: readonly PolicyRule[] = [
  { apiGroups: ["vic.dev"], resources: ["virtualcontainerhosts"], verbs: ["get", "list", "watch"] },
  {
    apiGroups: ["vic.dev"],
    resources: ["containervms", "containerimages"],
    verbs: ["get", "list", "watch", "create", "patch", "delete"],
  },
  // Claims to names, each by its own name.
  { apiGroups: ["vic.dev"], resources: ["containernames"], verbs: ["get", "create", "delete"] },
  // Certificates of hosts, each by name; credentials that a client pulls with.
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "delete"] },
  {
    apiGroups: ["events.k8s.io"],
    resources: ["events"],
    verbs: ["get", "list", "watch", "create", "patch"],
  },
];
