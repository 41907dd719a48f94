import type { PolicyRule } from "../api/policy-rule.ts";

/** What the operator's wiring may do, beside its controllers; `npm run generate` makes roles of it. */
export const operatorPermissions: readonly PolicyRule[] = [
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
  // Its UID is the identity of the installation.
  {
    apiGroups: [""],
    resources: ["namespaces"],
    resourceNames: ["kube-system"],
    verbs: ["get"],
  },
];

/** What the console's wiring may do, beside its controllers. */
export const consolePermissions: readonly PolicyRule[] = [
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];

/** What the election of a leader needs, in the namespace of the Lease alone. */
export const leasePermissions: readonly PolicyRule[] = [
  // A name can't be given for create.
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: ["vic-operator"],
    verbs: ["get", "patch"],
  },
];
