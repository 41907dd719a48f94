import { refusal } from "./options.ts";
import type { FieldReader } from "./create-body.ts";
import { invalidParameter } from "../errors.ts";

const MiB = 1024 * 1024;
/** dockerd refuses less. */
const dockerMinimumMiB = 6;
/** Less isn't enough for a kernel and an agent: the VM wouldn't boot. */
const minimumMiB = 128;
/** vSphere's unit of memory. */
const stepMiB = 4;
const billion = 1_000_000_000;
const maximumCpus = 768;

/** `Memory` in bytes as MiB that a VM can have: never less than was asked for. */
export function memoryOf(host: FieldReader): {
  readonly memoryMiB: number | undefined;
  readonly warnings: readonly string[];
} {
  const bytes = host.integer("Memory") ?? 0;
  if (bytes === 0) return { memoryMiB: undefined, warnings: [] };
  if (bytes < dockerMinimumMiB * MiB) {
    throw invalidParameter(`Minimum memory limit allowed is ${dockerMinimumMiB}MB`);
  }
  const memoryMiB = Math.max(minimumMiB, Math.ceil(bytes / MiB / stepMiB) * stepMiB);
  const isExact = memoryMiB * MiB === bytes;
  return {
    memoryMiB,
    warnings: isExact ? [] : [`memory was raised to ${memoryMiB} MiB: ${reasonOf(memoryMiB)}`],
  };
}

const reasonOf = (memoryMiB: number): string =>
  memoryMiB === minimumMiB
    ? "a container is a VM with a kernel of its own, which needs that much"
    : `a VM has multiples of ${stepMiB} MiB`;

/** `NanoCpus` as virtual CPUs. */
export function cpusOf(host: FieldReader): number | undefined {
  const nano = host.integer("NanoCpus") ?? 0;
  if (nano === 0) return undefined;
  const cpus = nano / billion;
  if (Number.isInteger(cpus) && cpus > 0 && cpus <= maximumCpus) return cpus;
  throw refusal(`HostConfig.NanoCpus ${nano}`, `a VM has whole CPUs, 1 to ${maximumCpus}`);
}
