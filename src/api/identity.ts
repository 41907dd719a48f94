import { createHash } from "node:crypto";
import type { ContainerVM } from "./containervm.gen.ts";
import type { VirtualContainerHost } from "./virtualcontainerhost.gen.ts";
import type { VolumeStore } from "./volumestore.gen.ts";

// What a thing is called before it exists. Everything here is a pure function of
// resources, so that a process killed between any two calls finds its way again
// (docs/identity.md).

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * A name-based UUID (RFC 9562, version 5: SHA-1).
 *
 * @param namespace a UUID; throws a RangeError when it isn't one
 */
export function uuidV5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll("-", ""), "hex");
  if (space.length !== 16) throw new RangeError(`not a UUID: ${namespace}`);
  const bytes = createHash("sha1").update(space).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** The id of a ContainerVM, as Docker shows it: 64 hex digits. */
export const containerId = (uid: string): string => sha256(`vic.dev/container/${uid}`);

/** The id that a ContainerVM has: what its status says, or what follows from its UID before that says anything. */
export const idOfContainer = ({
  metadata,
  status,
}: Pick<ContainerVM, "metadata" | "status">): string => status?.id ?? containerId(metadata.uid);

/** The id that a VirtualContainerHost has: what its status says, or its UID. */
export const idOfHost = ({
  metadata,
  status,
}: Pick<VirtualContainerHost, "metadata" | "status">): string => status?.id ?? metadata.uid;

/** The id that a VolumeStore has: what its status says, or its UID. */
export const idOfStore = ({ metadata, status }: Pick<VolumeStore, "metadata" | "status">): string =>
  status?.id ?? metadata.uid;

/** The id of the worker VM of a VirtualContainerHost: 64 hex digits. */
export const workerId = (hostId: string): string => sha256(`vic.dev/worker/${hostId}`);

/** The id of the so-many-th keeper VM of a VirtualContainerHost, from 1: 64 hex digits. */
export const keeperId = (hostId: string, number: number): string =>
  sha256(`vic.dev/keeper/${hostId}/${number}`);

/** `config.instanceUuid` of the VM with this id (a container's, a worker's, or a keeper's) in a VirtualContainerHost. */
export const instanceUuid = (hostId: string, id: string): string =>
  uuidV5(hostId, `${id}/instance`);

/** `config.uuid` (the BIOS UUID) of the VM with this id in a VirtualContainerHost. */
export const biosUuid = (hostId: string, id: string): string => uuidV5(hostId, `${id}/bios`);

/** The object name of the ContainerImage that a container makes for itself; `reference` is normalized. */
export const imageObjectName = (hostName: string, reference: string): string =>
  `img-${sha256(`${hostName}\n${reference}`).slice(0, 16)}`;

/** The object name of the claim to a name (as Docker writes it) in a VirtualContainerHost: whoever claims the same name makes the same object. */
export const containerNameObjectName = (hostName: string, name: string): string =>
  `name-${sha256(`${hostName}\n${name}`).slice(0, 40)}`;
