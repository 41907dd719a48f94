/** Names of the Secrets with which Docker tools reach a VirtualContainerHost, in its namespace; `status.docker` names those that exist. */
export const dockerSecretNames = (host: string) => ({
  authority: `${host}-docker-ca`,
  server: `${host}-docker-server`,
  client: `${host}-docker-client`,
});

/** The name of the host that a Secret of such a name would be of. */
export const hostOfDockerSecret = (secret: string): string | undefined =>
  /^(.+)-docker-(?:ca|server|client)$/.exec(secret)?.[1];
