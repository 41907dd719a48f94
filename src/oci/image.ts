import { Ajv } from "ajv";
import type { Layer } from "./chain.ts";
import { ImageError } from "./errors.ts";
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

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}
interface Index {
  manifests: (Descriptor & { platform?: { os: string; architecture: string } })[];
}
interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}
interface Config {
  os?: string;
  architecture?: string;
  rootfs: { diff_ids: string[] };
  config?: {
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Env?: string[] | null;
    WorkingDir?: string;
    User?: string;
    StopSignal?: string;
    Labels?: Record<string, string> | null;
  } | null;
}

const descriptor = {
  type: "object",
  required: ["mediaType", "digest", "size"],
  properties: {
    mediaType: { type: "string" },
    digest: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
    size: { type: "integer", minimum: 0 },
  },
} as const;
const strings = { type: "array", items: { type: "string" }, nullable: true } as const;
const ajv = new Ajv({ allowUnionTypes: true });
const isIndex = ajv.compile<Index>({
  type: "object",
  required: ["manifests"],
  properties: { manifests: { type: "array", maxItems: 1000, items: descriptor } },
});
const isManifest = ajv.compile<Manifest>({
  type: "object",
  required: ["config", "layers"],
  properties: { config: descriptor, layers: { type: "array", maxItems: 512, items: descriptor } },
});
const isConfig = ajv.compile<Config>({
  type: "object",
  required: ["rootfs"],
  properties: {
    rootfs: {
      type: "object",
      required: ["diff_ids"],
      properties: { diff_ids: { type: "array", items: descriptor.properties.digest } },
    },
    config: {
      type: "object",
      nullable: true,
      properties: {
        Entrypoint: strings,
        Cmd: strings,
        Env: strings,
        WorkingDir: { type: "string" },
        User: { type: "string" },
        StopSignal: { type: "string" },
        Labels: { type: "object", nullable: true, additionalProperties: { type: "string" } },
      },
    },
  },
});

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
  const manifest = parse(
    await platformManifest(client, top, name, signal),
    isManifest,
    `the manifest of ${name}`,
  );
  const config = parse(
    await client.blob(manifest.config.digest, signal),
    isConfig,
    `the config of ${name}`,
  );
  if (config.os !== undefined && config.os !== "linux") {
    throw new ImageError(
      "UnsupportedImage",
      `image ${name} is for ${config.os}; containers here run Linux`,
    );
  }
  if (config.architecture !== undefined && config.architecture !== "amd64") {
    throw new ImageError(
      "UnsupportedImage",
      `image ${name} is for ${config.architecture}; containers here run on amd64`,
    );
  }
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
  if (!/index|manifest\.list/.test(top.mediaType)) return top.bytes;
  const index = parse(top.bytes, isIndex, `the index of ${name}`);
  const fitting = index.manifests.find(
    ({ platform }) => platform?.os === "linux" && platform.architecture === "amd64",
  );
  if (fitting === undefined) {
    const offered = index.manifests
      .map(({ platform }) => `${platform?.os ?? "?"}/${platform?.architecture ?? "?"}`)
      .join(", ");
    throw new ImageError(
      "UnsupportedImage",
      `image ${name} has no variant for linux/amd64; it has ${offered}`,
    );
  }
  return (await client.manifest(fitting.digest, signal)).bytes;
}

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
        `image ${name} has a layer of type ${mediaType}; plain, gzip and zstd tars are understood`,
      );
    }
    return { digest, mediaType, size, diffId: diffIds[index] ?? "" };
  });
}

function imageConfig({ config }: Config): ImageConfig {
  return {
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    env: config?.Env ?? [],
    workingDir: config?.WorkingDir || "/",
    user: config?.User ?? "",
    stopSignal: config?.StopSignal || "SIGTERM",
    labels: config?.Labels ?? {},
  };
}

function parse<T>(
  bytes: Buffer,
  check: { (value: unknown): value is T; errors?: unknown },
  what: string,
): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new ImageError("ManifestInvalid", `${what} is no JSON`, { cause: error });
  }
  if (!check(value))
    throw new ImageError(
      "ManifestInvalid",
      `${what} is not as the OCI image spec has it: ${ajv.errorsText(check.errors as never)}`,
    );
  return value;
}
