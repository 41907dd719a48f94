import type { PolicyRule } from "../api/policy-rule.ts";

/** What `vic console` may do; `npm run generate` makes its ClusterRole of it. */
export const permissions: readonly PolicyRule[] = [
  {
    apiGroups: ["vic.dev"],
    resources: ["virtualcontainerhosts", "containerimages", "containervms", "vsphereservers"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: ["vic.dev"], resources: ["containerimages/status"], verbs: ["patch"] },
  // Link keys, registry CAs, pull Secrets, vSphere credentials for log files and its own certificate, each by name when it is needed.
  { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];
