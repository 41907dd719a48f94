import type { ImageReference } from "./reference.ts";

/** What a VirtualContainerHost says about registries. */
export interface RegistrySettings {
  /** Where a registry's images are fetched instead, in order; the registry itself isn't asked then. */
  readonly mirrors?: readonly { readonly registry: string; readonly endpoint: string }[];
  /** Hosts spoken to without TLS. Loopback addresses are so always, as dockerd has it. */
  readonly insecure?: readonly string[];
  /** PEM certificates trusted beside the system's. */
  readonly ca?: string;
  /** By registry host. */
  readonly credentials?: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

/** Base URLs to try for a reference, best first, each without a slash at its end. */
export function endpoints(reference: ImageReference, settings: RegistrySettings): readonly string[] {
  const mirrors = (settings.mirrors ?? []).filter((mirror) => mirror.registry === reference.registry);
  if (mirrors.length > 0) return mirrors.map((mirror) => withScheme(mirror.endpoint, settings));
  // Docker Hub's registry has another name than the one that references carry.
  const host = reference.registry === "docker.io" ? "registry-1.docker.io" : reference.registry;
  return [withScheme(host, settings)];
}

function withScheme(endpoint: string, settings: RegistrySettings): string {
  const trimmed = endpoint.replace(/\/+$/, "");
  if (/^https?:\/\//.test(trimmed)) return trimmed;
  return `${isInsecure(trimmed, settings) ? "http" : "https"}://${trimmed}`;
}

function isInsecure(host: string, settings: RegistrySettings): boolean {
  return (settings.insecure ?? []).includes(host) || /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host);
}
