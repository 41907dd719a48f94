import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the VSphereServer controller may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["vsphereservers"],
    verbs: ["get", "list", "watch", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["vsphereservers/status", "vsphereservers/finalizers"],
    verbs: ["get", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["virtualcontainerhosts", "volumestores"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch", "patch"] },
];
