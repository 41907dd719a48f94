import type { ImageReference } from "../../../oci/index.ts";
import { DockerError, invalidParameter } from "../../errors.ts";
import { demandReference } from "../familiar.ts";

/**
 * What `fromImage` and `tag` mean together; `tag` may be a digest.
 *
 * @throws DockerError 400, 403 in dockerd's words; 501 where all tags of a repository are meant
 */
export function wantedImage(fromImage: string, tag: string): ImageReference {
  const name = fromImage.replace(/:$/, "");
  const named = demandReference(name);
  if (named.registry === "docker.io" && named.repository === "library/scratch")
    throw new DockerError(403, "'scratch' is a reserved name");
  if (tag === "") {
    const isWhole = named.digest !== undefined || hasTag(name);
    if (isWhole) return named;
    throw new DockerError(501, "all tags of a repository can't be pulled at once: name one");
  }
  const { registry, repository } = named;
  if (/^sha256:[0-9a-f]{64}$/.test(tag)) return { registry, repository, digest: tag };
  if (!/^\w[\w.-]{0,127}$/.test(tag)) throw invalidParameter("invalid tag format");
  return { registry, repository, tag };
}

const hasTag = (name: string): boolean => name.lastIndexOf(":") > name.lastIndexOf("/");

/** @throws DockerError 400 for what is no platform, 404 for any but the one that VMs have */
export function checkPlatform(platform: string): void {
  if (platform === "") return;
  const parts = platform.toLowerCase().split("/");
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    const quoted = JSON.stringify(platform.slice(0, 64));
    throw invalidParameter(`${quoted}: cannot parse platform specifier: invalid argument`);
  }
  const [os, architecture = "amd64"] = parts;
  const isOurs = os === "linux" && /^(amd64|x86_64|x86-64)$/.test(architecture);
  if (isOurs || platform === "amd64") return;
  throw new DockerError(
    404,
    `no matching manifest for ${platform.slice(0, 64)}: containers here run on linux/amd64`,
  );
}
