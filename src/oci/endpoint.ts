import { ImageError } from "./errors.ts";
import type { ImageReference } from "./reference.ts";
import type { RegistrySettings } from "./settings.ts";

/** One place to ask for a reference's documents. */
export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  /** Whether the server's certificate must be one that somebody vouches for. */
  readonly verify: boolean;
  /** Whether it stands in for the reference's registry, whose login is then none of its business. */
  readonly isMirror: boolean;
}

/**
 * Places to try for a reference, best first.
 * @throws ImageError `RegistryNotAllowed`
 */
export function endpoints(
  reference: ImageReference,
  settings: RegistrySettings,
): readonly Endpoint[] {
  if (!isAllowed(reference.registry, settings.allow))
    throw new ImageError(
      "RegistryNotAllowed",
      `images of ${reference.registry} may not be used here: the host's spec.registries.allow has ${settings.allow?.join(", ") || "no registry at all"}`,
    );
  const mirrors = (settings.mirrors ?? []).filter(
    (mirror) => mirror.registry === reference.registry,
  );
  if (mirrors.length > 0)
    return mirrors.flatMap((mirror) => spellings(mirror.endpoint, settings, true));
  // Docker Hub's registry has another name than the one that references carry.
  return spellings(
    reference.registry === "docker.io" ? "registry-1.docker.io" : reference.registry,
    settings,
    false,
  );
}

function isAllowed(registry: string, allow: readonly string[] | undefined): boolean {
  const name = registry.toLowerCase();
  return (
    allow === undefined ||
    allow
      .map((each) => each.toLowerCase())
      .some((each) => (each.startsWith("*.") ? name.endsWith(each.slice(1)) : name === each))
  );
}

/** Insecure registries are tried over TLS first and in the clear then, as dockerd does. */
function spellings(
  endpoint: string,
  settings: RegistrySettings,
  isMirror: boolean,
): readonly Endpoint[] {
  const trimmed = endpoint.replace(/\/+$/, "");
  const [scheme, host] = trimmed.includes("://") ? trimmed.split("://", 2) : [undefined, trimmed];
  const insecure = isInsecure(host ?? "", settings);
  if (scheme !== undefined) return [{ url: trimmed, verify: !insecure, isMirror }];
  if (!insecure) return [{ url: `https://${trimmed}`, verify: true, isMirror }];
  return [
    { url: `https://${trimmed}`, verify: false, isMirror },
    { url: `http://${trimmed}`, verify: false, isMirror },
  ];
}

/** Loopback is insecure always, as dockerd has it (its default `insecure-registries` is 127.0.0.0/8 and ::1). */
function isInsecure(host: string, settings: RegistrySettings): boolean {
  return (
    (settings.insecure ?? []).includes(host) ||
    /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host)
  );
}
