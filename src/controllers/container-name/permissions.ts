import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the ContainerName controller may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["containernames"],
    verbs: ["get", "list", "watch", "delete"],
  },
  { apiGroups: ["vic.dev"], resources: ["containervms"], verbs: ["get", "list", "watch"] },
];
