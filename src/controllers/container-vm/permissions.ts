import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the ContainerVM controller may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["containervms"],
    verbs: ["get", "list", "watch", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["containervms/status", "containervms/finalizers"],
    verbs: ["get", "patch", "update"],
  },
  { apiGroups: ["vic.dev"], resources: ["virtualcontainerhosts"], verbs: ["get", "list", "watch"] },
  {
    apiGroups: ["vic.dev"],
    resources: ["containernames"],
    verbs: ["get", "list", "watch", "create", "delete"],
  },
  // The consoles' keys for containers derive from their host's link Secret.
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] },
  // A container makes its image where the host has none.
  {
    apiGroups: ["vic.dev"],
    resources: ["containerimages"],
    verbs: ["get", "list", "watch", "create"],
  },
];
