import type { Layer } from "./chain.ts";
import {
  type Config,
  type Manifest,
  parseConfig,
  parseIndex,
  parseManifest,
  type Platform,
} from "./documents.ts";
import { ImageError } from "./errors.ts";
import { printable } from "./printable.ts";
import { formatReference, type ImageReference } from "./reference.ts";
import { type Document, RepositoryClient } from "./registry.ts";
import type { RegistrySettings } from "./settings.ts";

/** What a process started from an image gets, unless the container says otherwise (OCI image spec, "config"). */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly stopSignal: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `80/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly architecture: string;
  readonly os: string;
  /** RFC 3339; undefined where the image doesn't say, or not so. */
  readonly created: string | undefined;
}

/** An image as its registry describes it at one moment. */
export interface ResolvedImage {
  /** Digest of what the reference names, an index where it is one. */
  readonly digest: string;
  /** Docker's image id: digest of the config. */
  readonly imageId: string;
  readonly config: ImageConfig;
  /** From the base up, the config's empty layers included. */
  readonly layers: readonly Layer[];
  /** Bytes of all blobs. */
  readonly size: number;
}

/**
 * Asks the registry what a reference names for Linux on amd64.
 * @throws ImageError
 */
export async function resolveImage(
  reference: ImageReference,
  settings: RegistrySettings,
  signal?: AbortSignal,
): Promise<ResolvedImage> {
  const client = new RepositoryClient(reference, settings);
  try {
    return await resolve(client, reference, signal);
  } finally {
    await client.close();
  }
}

async function resolve(
  client: RepositoryClient,
  reference: ImageReference,
  signal?: AbortSignal,
): Promise<ResolvedImage> {
  const name = formatReference(reference);
  const top = await client.manifest(reference.digest ?? reference.tag ?? "latest", signal);
  const manifest = parseManifest(await platformManifest(client, top, name, signal), name);
  const config = parseConfig(await client.blob(manifest.config.digest, signal), name);
  if (!isOurs({ os: config.os ?? "linux", architecture: config.architecture ?? "amd64" }))
    throw new ImageError(
      "UnsupportedImage",
      `image ${name} is for ${platformName(config)}; containers here run on linux/amd64`,
    );
  const layers = joinLayers(manifest, config, name);
  const size = layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
  return {
    digest: top.digest,
    imageId: manifest.config.digest,
    config: imageConfig(config),
    layers,
    size,
  };
}

async function platformManifest(
  client: RepositoryClient,
  top: Document,
  name: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (top.mediaType.includes("distribution.manifest.v1+"))
    throw new ImageError(
      "UnsupportedImage",
      `image ${name} has a manifest of Docker's schema 1, which is obsolete. Push it anew`,
    );
  if (!/index|manifest\.list/.test(top.mediaType)) return top.bytes;
  const { manifests } = parseIndex(top.bytes, name);
  const fitting = manifests.filter(({ platform }) => isOurs(platform));
  // What is built for newer processors (v2, v3 …) may not run on every host.
  const best = fitting.find(({ platform }) => (platform?.variant ?? "v1") === "v1") ?? fitting[0];
  if (best === undefined) {
    const offered = [...new Set(manifests.map(({ platform }) => platformName(platform)))];
    throw new ImageError(
      "UnsupportedImage",
      `image ${name} has no variant for linux/amd64; it has ${offered.slice(0, 20).join(", ") || "none at all"}`,
    );
  }
  return (await client.manifest(best.digest, signal)).bytes;
}

const isOurs = (platform: Platform | null | undefined): boolean =>
  platform?.os === "linux" && platform.architecture === "amd64";

const platformName = (platform: Platform | null | undefined): string =>
  printable(`${platform?.os ?? "?"}/${platform?.architecture ?? "?"}`, 40);

function joinLayers(manifest: Manifest, config: Config, name: string): readonly Layer[] {
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== manifest.layers.length) {
    throw new ImageError(
      "ManifestInvalid",
      `the manifest of ${name} has ${manifest.layers.length} layers, its config ${diffIds.length}`,
    );
  }
  return manifest.layers.map(({ digest, mediaType, size }, index) => {
    if (!/\.tar(\.gzip|\+gzip|\+zstd)?$/.test(mediaType) || mediaType.includes("foreign")) {
      throw new ImageError(
        "UnsupportedImage",
        `image ${name} has a layer of type ${printable(mediaType)}; plain, gzip and zstd tars are understood`,
      );
    }
    return { digest, mediaType, size, diffId: diffIds[index] ?? "" };
  });
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function imageConfig({ config, os, architecture, created }: Config): ImageConfig {
  return {
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    env: config?.Env ?? [],
    workingDir: config?.WorkingDir || "/",
    user: config?.User ?? "",
    stopSignal: config?.StopSignal || "SIGTERM",
    labels: config?.Labels ?? {},
    exposedPorts: Object.keys(config?.ExposedPorts ?? {})
      .map((port) => (port.includes("/") ? port : `${port}/tcp`))
      .filter((port) => /^\d{1,5}(-\d{1,5})?\/(tcp|udp|sctp)$/.test(port))
      .sort(),
    volumes: Object.keys(config?.Volumes ?? {}).sort(),
    architecture: architecture ?? "amd64",
    os: os ?? "linux",
    created: created && RFC3339.test(created) ? created : undefined,
  };
}
