// How a thing in vSphere is known to be ours (docs/identity.md). Never under
// `guestinfo.`, which guests can write.

/** Names of the extraConfig keys on our VMs. */
export const EXTRA_CONFIG = {
  installation: "vic.installation",
  hostId: "vic.host.id",
  host: "vic.host",
  containerId: "vic.container.id",
  container: "vic.container",
  role: "vic.role",
  spec: "vic.spec",
  config: "vic.config",
} as const;

/** The key by which operator and guest talk, written in the create spec alone. */
export const GUEST_CONFIG_KEY = "guestinfo.vic.config";
/** The key in which the guest reports; it must exist at create to survive power-off. */
export const GUEST_REPORT_KEY = "guestinfo.vic.report";
/** Where the guest notes the run that began last; in no create spec, so that it goes at power-off and stays at a reset. */
export const GUEST_MARK_KEY = "guestinfo.vic.mark";
/** The placeholder that the create spec puts under {@link GUEST_REPORT_KEY}. */
export const EMPTY_REPORT = "{}";

/** Name of the custom attribute that marks folders. */
export const OWNER_ATTRIBUTE = "vic.owner";

export type VmRole = "container" | "worker" | "keeper";

/** What the extraConfig of a VM says about whose it is. */
export interface VmMarker {
  readonly installation: string;
  readonly hostId: string;
  /** `namespace/name` of the VirtualContainerHost. */
  readonly host: string;
  /** 64 hex digits: a container's id, the worker's, or a keeper's. */
  readonly id: string;
  /** `namespace/name` of the ContainerVM; absent on a VM that is no container. */
  readonly container?: string;
  readonly role: VmRole;
}

/** The marker as extraConfig, in the order of docs/identity.md. */
export function vmMarkerEntries(marker: VmMarker): [key: string, value: string][] {
  const entries: [string, string][] = [
    [EXTRA_CONFIG.installation, marker.installation],
    [EXTRA_CONFIG.hostId, marker.hostId],
    [EXTRA_CONFIG.host, marker.host],
    [EXTRA_CONFIG.containerId, marker.id],
  ];
  if (marker.container !== undefined) entries.push([EXTRA_CONFIG.container, marker.container]);
  entries.push([EXTRA_CONFIG.role, marker.role]);
  return entries;
}

/** The keys of extraConfig that {@link parseVmMarker} reads. */
export const VM_MARKER_KEYS: readonly string[] = [
  EXTRA_CONFIG.installation,
  EXTRA_CONFIG.hostId,
  EXTRA_CONFIG.host,
  EXTRA_CONFIG.containerId,
  EXTRA_CONFIG.container,
  EXTRA_CONFIG.role,
];

const ROLES: readonly string[] = ["container", "worker", "keeper"] satisfies VmRole[];

/** The marker that a VM's extraConfig holds; undefined when any part of it is missing. */
export function parseVmMarker(get: (key: string) => string | undefined): VmMarker | undefined {
  const installation = get(EXTRA_CONFIG.installation);
  const hostId = get(EXTRA_CONFIG.hostId);
  const host = get(EXTRA_CONFIG.host);
  const id = get(EXTRA_CONFIG.containerId);
  const role = get(EXTRA_CONFIG.role);
  if (!installation || !hostId || !host || !id || !role || !ROLES.includes(role)) return undefined;
  const container = get(EXTRA_CONFIG.container);
  return {
    installation,
    hostId,
    host,
    id,
    role: role as VmRole,
    ...(container ? { container } : {}),
  };
}

/** Whose a vApp, a port group or a folder is. */
export interface HostMarker {
  readonly installation: string;
  /** `namespace/name` of the VirtualContainerHost. */
  readonly host: string;
  readonly id: string;
}

/** The one line of JSON that stands in annotations, descriptions and the folders' custom attribute. */
export const formatHostMarker = ({ installation, host, id }: HostMarker): string =>
  JSON.stringify({ vic: { installation, host, id } });

/**
 * The marker in an annotation. Administrators add lines of their own above or below,
 * so every line is looked at; undefined when none is a marker.
 */
export function parseHostMarker(text: string | undefined): HostMarker | undefined {
  for (const line of (text ?? "").split("\n")) {
    if (!line.trimStart().startsWith('{"vic"')) continue;
    const marker = parseObject(line)?.["vic"];
    if (isHostMarker(marker))
      return { installation: marker.installation, host: marker.host, id: marker.id };
  }
  return undefined;
}

/** An annotation with another marker in place of the one that it holds; what people wrote around it stays. */
export const replaceHostMarker = (text: string | undefined, marker: string): string =>
  (text ?? "")
    .split("\n")
    .map((line) => (parseHostMarker(line) ? marker : line))
    .join("\n");

/** Whose a directory on a datastore is: the content of the owner file. */
export interface OwnerFile {
  readonly installation: string;
  readonly kind: "VirtualContainerHost" | "VolumeStore";
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
  /** Of the claimed directory and those above it, the paths that this installation made, from the top: they go with the claim. */
  readonly made?: readonly string[];
}

/** The content of an owner file: {@link parseOwnerFile} reads it. */
export const formatOwnerFile = (owner: OwnerFile): string => {
  const { installation, kind, namespace, name, id, made = [] } = owner;
  return `${JSON.stringify({ installation, kind, namespace, name, id, ...(made.length > 0 ? { made } : {}) })}\n`;
};

/** The owner that an owner file names; undefined when it isn't one, which makes the directory a stranger's. */
export function parseOwnerFile(text: string): OwnerFile | undefined {
  const value = parseObject(text);
  if (!value) return undefined;
  const { installation, kind, namespace, name, id, made } = value;
  if (kind !== "VirtualContainerHost" && kind !== "VolumeStore") return undefined;
  if (![installation, namespace, name, id].every((part) => typeof part === "string" && part !== ""))
    return undefined;
  const isList = Array.isArray(made) && made.every((path) => typeof path === "string");
  return { installation, kind, namespace, name, id, ...(isList ? { made } : {}) } as OwnerFile;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isHostMarker(value: unknown): value is HostMarker {
  if (typeof value !== "object" || value === null) return false;
  const { installation, host, id } = value as Record<string, unknown>;
  return [installation, host, id].every((part) => typeof part === "string" && part !== "");
}
