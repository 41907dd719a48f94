import { secretKind } from "../../kube/core-kinds.ts";
import { isNotFound } from "../../kube/errors.ts";
import {
  ImageError,
  type RegistryCredentials,
  type RegistrySettings,
  readRegistrySettings,
} from "../../oci/index.ts";
import { DockerError } from "../errors.ts";
import type { Tenant } from "../tenant.ts";

/** How the host speaks to registries, with a client's login for one of them before its own. @throws ImageError */
export async function registrySettings(
  tenant: Tenant,
  registry: string,
  login: RegistryCredentials | undefined,
): Promise<RegistrySettings> {
  const { client, namespace } = tenant;
  const settings = await readRegistrySettings(tenant.host().spec.registries, async (name) => {
    try {
      const secret = await client.get(secretKind, { namespace, name });
      const entries = Object.entries(secret.data ?? {});
      return Object.fromEntries(
        entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
  if (login === undefined) return settings;
  return { ...settings, credentials: { ...settings.credentials, [registry]: login } };
}

/** A registry's refusal as dockerd tells it. @param name the image, as people write it */
export function registryError(
  error: unknown,
  repository: string,
  name: string,
): DockerError | undefined {
  if (!(error instanceof ImageError)) return undefined;
  switch (error.code) {
    case "ImageNotFound":
      return new DockerError(404, notFound(error, repository, name), error);
    case "RegistryUnauthorized":
      return new DockerError(
        404,
        `pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
        error,
      );
    case "UnsupportedImage":
      return new DockerError(404, error.message, error);
    case "RegistryNotAllowed":
      return new DockerError(403, error.message, error);
    case "InvalidReference":
      return new DockerError(400, error.message, error);
    default:
      return new DockerError(500, error.message, error);
  }
}

function notFound({ said }: ImageError, repository: string, name: string): string {
  return said?.code === "NAME_UNKNOWN"
    ? `repository ${repository} not found: name unknown: ${said.message}`
    : `manifest for ${name} not found: manifest unknown: ${said?.message || "manifest unknown"}`;
}
