import { Ajv } from "ajv";
import { ImageError } from "./errors.ts";
import { printable } from "./printable.ts";

/** What a manifest says of a blob (OCI image spec, "Descriptors"). */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export interface Platform {
  os?: string;
  architecture?: string;
  variant?: string;
}

export interface Index {
  manifests: (Descriptor & { platform?: Platform | null })[];
}

export interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

export interface Config extends Platform {
  rootfs: { diff_ids: string[] };
  created?: string | null;
  config?: {
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Env?: string[] | null;
    WorkingDir?: string | null;
    User?: string | null;
    StopSignal?: string | null;
    Labels?: Record<string, string> | null;
    /** Sets, as Go writes them: what counts is the keys. */
    ExposedPorts?: Record<string, unknown> | null;
    Volumes?: Record<string, unknown> | null;
  } | null;
}

const string = { type: "string" } as const;
const text = { type: "string", nullable: true } as const; // Go's decoders take null for what is empty, so builders write it
const texts = { type: "array", items: string, nullable: true } as const;
const digest = { type: "string", pattern: "^sha256:[0-9a-f]{64}$" } as const;
const platform = { os: string, architecture: string, variant: string } as const;
const descriptor = {
  type: "object",
  required: ["mediaType", "digest", "size"],
  properties: {
    mediaType: string,
    digest,
    size: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  },
} as const;
const ajv = new Ajv();
const isIndex = ajv.compile<Index>({
  type: "object",
  required: ["manifests"],
  // One document must not be an index to one reader and a manifest to another (OCI image spec, "media types"; CVE-2021-41190).
  not: { anyOf: [{ required: ["layers"] }, { required: ["config"] }] },
  properties: {
    manifests: {
      type: "array",
      maxItems: 1000,
      items: {
        ...descriptor,
        properties: {
          ...descriptor.properties,
          platform: { type: "object", nullable: true, properties: platform },
        },
      },
    },
  },
});
const isManifest = ajv.compile<Manifest>({
  type: "object",
  required: ["config", "layers"],
  not: { required: ["manifests"] },
  properties: { config: descriptor, layers: { type: "array", maxItems: 512, items: descriptor } },
});
const isConfig = ajv.compile<Config>({
  type: "object",
  required: ["rootfs"],
  properties: {
    ...platform,
    created: text,
    rootfs: {
      type: "object",
      required: ["diff_ids"],
      properties: { diff_ids: { type: "array", items: digest } },
    },
    config: {
      type: "object",
      nullable: true,
      properties: {
        Entrypoint: texts,
        Cmd: texts,
        Env: texts,
        WorkingDir: text,
        User: text,
        StopSignal: text,
        Labels: { type: "object", nullable: true, additionalProperties: string },
        ExposedPorts: { type: "object", nullable: true },
        Volumes: { type: "object", nullable: true },
      },
    },
  },
});

/** Each reads one kind of document. `name` is the image's, for the error. @throws ImageError `ManifestInvalid` */
export const parseIndex = (bytes: Buffer, name: string): Index =>
  parse(bytes, isIndex, `the index of ${name}`);
export const parseManifest = (bytes: Buffer, name: string): Manifest =>
  parse(bytes, isManifest, `the manifest of ${name}`);
export const parseConfig = (bytes: Buffer, name: string): Config =>
  parse(bytes, isConfig, `the config of ${name}`);

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
      `${what} is not as the OCI image spec has it: ${printable(ajv.errorsText(check.errors as never))}`,
    );
  return value;
}
