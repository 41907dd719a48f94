import type { PolicyRule } from "../../api/policy-rule.ts";

/** What the VirtualContainerHost controller may do in Kubernetes. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["virtualcontainerhosts"],
    verbs: ["get", "list", "watch", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["virtualcontainerhosts/status", "virtualcontainerhosts/finalizers"],
    verbs: ["get", "patch", "update"],
  },
  {
    apiGroups: ["vic.dev"],
    resources: ["vsphereservers", "volumestores"],
    verbs: ["get", "list", "watch"],
  },
  // deletionPolicy Delete; images go with their host.
  {
    apiGroups: ["vic.dev"],
    resources: ["containervms", "containerimages"],
    verbs: ["get", "list", "watch", "delete"],
  },
  // What VMs without a ContainerVM were made for.
  { apiGroups: ["vic.dev"], resources: ["containervms"], verbs: ["create"] },
  // The link Secret, and Docker's certificates, which are renewed.
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch", "create", "patch"] },
];
