// What the processes themselves may do in Kubernetes, beside their controllers; `npm run generate` makes roles of it.
import type { PolicyRule } from "../api/policy-rule.ts";

const events: PolicyRule = {
  apiGroups: ["events.k8s.io"],
  resources: ["events"],
  verbs: ["create", "patch"],
};

export const operatorPermissions: readonly PolicyRule[] = [
  events,
  // Its UID identifies the installation.
  { apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] },
];

export const consolePermissions: readonly PolicyRule[] = [events];

/** In the operator's own namespace: the election. A name can't be given to `create`. */
export const leasePermissions: readonly PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: ["vic-operator"],
    verbs: ["get", "list", "watch", "update", "patch"],
  },
];
