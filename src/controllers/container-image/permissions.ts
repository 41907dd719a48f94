import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the ContainerImage controller may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["containerimages"],
    verbs: ["get", "list", "watch", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["containerimages/status", "containerimages/finalizers"],
    verbs: ["get", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["virtualcontainerhosts", "containervms"],
    verbs: ["get", "list", "watch"],
  },
  // CAs and credentials of registries.
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] },
];
