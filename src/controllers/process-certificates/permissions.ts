import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the keeping of the processes' certificates may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch", "create", "patch"] },
];
