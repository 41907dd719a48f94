/** Fields of inspect that differ from dockerd's, and why. All others are the same. */
export const containerDifferences: Readonly<Record<string, string>> = {
  Id: "identity",
  Created: "moment",
  "Config.Hostname": "the first digits of the identity",
  "Config.AttachStdout":
    "what the creating client meant to attach to isn't kept: nothing follows from it",
  "Config.AttachStderr": "as AttachStdout",
  "Config.StopSignal": "the default is spelled out",
  Driver: "disks of VMs",
  "GraphDriver.Data": "disks of VMs",
  "GraphDriver.Data.ID": "disks of VMs",
  "GraphDriver.Name": "disks of VMs",
  "HostConfig.CgroupnsMode": "a VM has control groups of its own",
  "HostConfig.MaskedPaths": "a VM's kernel is its container's alone: nothing has to be hidden",
  "HostConfig.ReadonlyPaths": "as MaskedPaths",
  "HostConfig.Runtime": "a VM in place of runc",
};

/** The same for images. */
export const imageDifferences: Readonly<Record<string, string>> = {
  "GraphDriver.Name": "disks of VMs",
  "Metadata.LastTagTime": "moment",
  Size: "of the layers as the registry has them, compressed",
};

/** An object's fields by path, values as JSON; an empty object or a list is a value. */
export function fieldsOf(value: unknown, path: readonly string[] = []): [string, string][] {
  const nested = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = nested ? Object.entries(value) : [];
  return entries.length === 0
    ? [[path.join("."), JSON.stringify(value)]]
    : entries.flatMap(([name, inner]) => fieldsOf(inner, [...path, name]));
}

/** Paths of the fields that two objects don't share, or have other values of. */
export function differingFields(one: unknown, other: unknown): string[] {
  const [first, second] = [new Map(fieldsOf(one)), new Map(fieldsOf(other))];
  const paths = new Set([...first.keys(), ...second.keys()]);
  return [...paths].filter((path) => first.get(path) !== second.get(path)).toSorted();
}
