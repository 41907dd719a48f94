import { ReconcileError, RetryError, WaitingError } from "../../reconcile/errors.ts";
import {
  FileTransferError,
  NotFoundByNameError,
  UnreachableError,
  VSphereError,
  VSphereFault,
  WrongThumbprintError,
} from "../../vsphere/index.ts";

/** What a failure of vSphere means to a person: a reason for the condition, and what to do. */
export interface Explanation {
  readonly reason: string;
  readonly message: string;
}

/** vSphere's faults that somebody can do something about; the texts follow the fault's own message. */
const FAULTS: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  NoPermission: ["NoPermission", "Give the account of the VSphereServer this privilege in vSphere."],
  RestrictedVersion: ["LicenseRestricted", "Assign the ESXi host or vCenter a licence that includes the API."],
  InsufficientResourcesFault: ["InsufficientResources", "Raise the limits of the host or free resources in the cluster."],
  InsufficientCpuResourcesFault: ["InsufficientResources", "Raise the CPU limit or free CPU in the cluster."],
  InsufficientMemoryResourcesFault: ["InsufficientResources", "Raise the memory limit or free memory in the cluster."],
  NoDiskSpace: ["NoDiskSpace", "Free space on the datastore, or delete images and containers."],
  InsufficientStorageSpace: ["NoDiskSpace", "Free space on the datastore, or delete images and containers."],
  InvalidDatastore: ["DatastoreUnavailable", "Check in vSphere that the datastore is mounted and accessible."],
  InaccessibleDatastore: ["DatastoreUnavailable", "Check in vSphere that the datastore is mounted and accessible."],
  NoCompatibleHost: ["NoCompatibleHost", "No ESXi host of the cluster has the datastore and the networks: connect them to one."],
  HostNotConnected: ["HostNotConnected", "Reconnect the ESXi host in vSphere."],
  DuplicateName: ["NameClash", "Another object in vSphere has this name: rename it."],
};

/** Explains what a call to vSphere threw; undefined for anything that didn't come from there. */
export function explainVSphere(error: unknown): Explanation | undefined {
  if (error instanceof VSphereFault) {
    const [reason, advice] = FAULTS[error.fault] ?? [`VSphere${error.fault}`, "See the task in vSphere."];
    return { reason, message: `${error.message}. ${advice}` };
  }
  if (error instanceof NotFoundByNameError) {
    return { reason: `${pascal(error.kind)}NotFound`, message: `${error.message}: correct the name, or make the object in vSphere.` };
  }
  if (error instanceof FileTransferError) {
    return { reason: "FileTransferFailed", message: `${error.message}. Check that the datastore is accessible.` };
  }
  if (error instanceof WrongThumbprintError) {
    return {
      reason: "WrongThumbprint",
      message: `${error.message}. If that certificate is the right one, put its thumbprint into spec.thumbprint.`,
    };
  }
  if (error instanceof VSphereError) {
    const advice = ADVICE[error.code] ?? "It is tried again.";
    return { reason: error.code, message: `${error.message}. ${advice}` };
  }
  return undefined;
}

const ADVICE: Readonly<Record<string, string>> = {
  Unreachable: "Check spec.url, the network and that the server runs; it is tried again until it answers.",
  UntrustedCertificate: "Put the certificate of its authority into spec.caBundle, or its thumbprint into spec.thumbprint.",
  InvalidLogin: "Correct username and password in the Secret; the account may also be locked in vSphere.",
  NotVSphere: "Let spec.url name a vCenter or an ESXi host.",
};

/** `resource pool` as `ResourcePool`. */
const pascal = (words: string): string =>
  words.replace(/(?:^|[\s_-]+)(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * The error with its handling: names that don't exist wait for somebody who makes them, a server
 * that is away wakes its keys itself, and all else is tried again with backoff.
 */
export function toReconcileError(error: unknown): unknown {
  if (error instanceof ReconcileError) return error;
  const explanation = explainVSphere(error);
  if (!explanation) return error;
  if (error instanceof UnreachableError) {
    return new WaitingError(explanation.reason, explanation.message, { retryAfterMs: 30_000, cause: error });
  }
  if (error instanceof NotFoundByNameError) {
    return new WaitingError(explanation.reason, explanation.message, { retryAfterMs: 60_000, cause: error });
  }
  return new RetryError(explanation.reason, explanation.message, error);
}

