/** Secrets in the installation's namespace, made by the operator (docs/console-api.md). */
export const INSTALLATION_SECRETS = {
  /** The authority that signs what its processes show each other. */
  authority: "vic-authority",
  console: "vic-console-tls",
  gateway: "vic-gateway-tls",
} as const;
