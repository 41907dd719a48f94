import type { Readable } from "node:stream";
import type { MoRef, TaskRef } from "../moref.ts";
import type { VSphere } from "../vsphere.ts";

/** `[ds] dir/file` of its parts. */
export declare function datastorePath(datastore: string, path: string): string;
/** Inverse of {@link datastorePath}. Throws a RangeError on anything else. */
export declare function parseDatastorePath(path: string): { datastore: string; path: string };

/** Makes a directory with its parents; one that exists is fine. */
export declare function makeDirectory(vs: VSphere, datacenter: MoRef, path: string): Promise<void>;
/** Starts deleting a file, or a directory with everything in it. Fault FileNotFound if there is none. Deletes a VMDK's extents with its descriptor. */
export declare function deleteDatastoreFile(
  vs: VSphere,
  datacenter: MoRef,
  path: string,
): Promise<TaskRef>;

/** A file or directory in a listing. */
export interface DatastoreEntry {
  /** Relative to the directory listed. */
  name: string;
  isDirectory: boolean;
  sizeBytes: number;
}
/** Lists one directory (not below it) through the datastore browser; undefined if the directory doesn't exist. `pattern` e.g. `*.vmdk`. */
export declare function listDirectory(
  vs: VSphere,
  browser: MoRef,
  path: string,
  pattern?: string,
): Promise<DatastoreEntry[] | undefined>;

/** Which datacenter and datastore a transfer addresses, by their inventory names. */
export interface FileLocation {
  datacenter: string;
  datastore: string;
  /** Within the datastore, no leading slash. */
  path: string;
}
/** Uploads, replacing what is there; the directory must exist. A Readable needs `size`, bytes. */
export declare function uploadFile(
  vs: VSphere,
  where: FileLocation,
  content: Uint8Array | string | Readable,
  options?: { size?: number; signal?: AbortSignal },
): Promise<void>;
/** Downloads; undefined if there is no such file. `range` in bytes, end exclusive. */
export declare function downloadFile(
  vs: VSphere,
  where: FileLocation,
  options?: { start?: number; end?: number; signal?: AbortSignal },
): Promise<Readable | undefined>;
/** Downloads a small text file whole (at most 1 MiB); undefined if there is none. */
export declare function readTextFile(
  vs: VSphere,
  where: FileLocation,
  signal?: AbortSignal,
): Promise<string | undefined>;
