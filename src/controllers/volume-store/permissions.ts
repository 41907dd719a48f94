import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the VolumeStore controller may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["volumestores"],
    verbs: ["get", "list", "watch", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["volumestores/status", "volumestores/finalizers"],
    verbs: ["get", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["virtualcontainerhosts", "vsphereservers"],
    verbs: ["get", "list", "watch"],
  },
];
