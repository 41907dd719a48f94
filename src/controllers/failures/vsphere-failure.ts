import { ReconcileError, RetryError, WaitingError } from "../../reconcile/errors.ts";
import { type Reason, REASONS } from "../../api/conditions.ts";
import {
  FilePermissionError,
  isFault,
  NotFoundByNameError,
  UnreachableError,
  VSphereError,
  type VSphereErrorCode,
  VSphereFault,
} from "../../vsphere/index.ts";

/** What a failure of vSphere means to a person: a reason for the condition, and what to do. */
export interface Explanation {
  readonly reason: Reason;
  readonly message: string;
}

const FREE_SPACE = "Free space on the datastore, or delete images and containers.";
const CHECK_DATASTORE = "Check in vSphere that the datastore is mounted and accessible.";

const PRIVILEGE_ADVICE = "Give it to the account: docs/privileges.md says by which roles.";

/** vSphere's faults that somebody can do something about. */
const FAULTS: Readonly<Record<string, readonly [reason: Reason, advice: string]>> = {
  NoPermission: [REASONS.PermissionDenied, PRIVILEGE_ADVICE],
  RestrictedVersion: [REASONS.Unsupported, "Assign the server a licence that includes its API."],
  NoDiskSpace: [REASONS.DatastoreFull, FREE_SPACE],
  InsufficientStorageSpace: [REASONS.DatastoreFull, FREE_SPACE],
  InvalidDatastore: [REASONS.DatastoreUnavailable, CHECK_DATASTORE],
  InaccessibleDatastore: [REASONS.DatastoreUnavailable, CHECK_DATASTORE],
  DuplicateName: [REASONS.NameClash, "Another object in vSphere has this name: rename it."],
  InsufficientResourcesFault: [
    REASONS.VSphereFault,
    "Raise the limits of the host, or free resources in the cluster.",
  ],
  InsufficientCpuResourcesFault: [
    REASONS.VSphereFault,
    "Raise the CPU limit, or free CPU in the cluster.",
  ],
  InsufficientMemoryResourcesFault: [
    REASONS.VSphereFault,
    "Raise the memory limit, or free memory in the cluster.",
  ],
  TaskInProgress: [
    REASONS.VSphereFault,
    "Another operation is under way on it; it is tried again.",
  ],
  VAppTaskInProgress: [
    REASONS.VSphereFault,
    "Its vApp is being started or stopped in vSphere; it is tried again.",
  ],
  InvalidPowerState: [
    REASONS.VSphereFault,
    "vCenter may learn of a VM's state late; it is tried again.",
  ],
  HostNotConnected: [REASONS.VSphereFault, "Reconnect the ESXi host in vSphere."],
};

/** Objects that specs name, by the words of {@link NotFoundByNameError.kind}. */
const NOT_FOUND: readonly (readonly [words: RegExp, reason: Reason])[] = [
  [/datacenter/i, REASONS.DatacenterNotFound],
  [/datastore/i, REASONS.DatastoreNotFound],
  [/network|port ?group|switch/i, REASONS.NetworkNotFound],
  [/./, REASONS.ComputeNotFound],
];

const CODES: Readonly<Record<VSphereErrorCode, readonly [reason: Reason, advice: string]>> = {
  Unreachable: [
    REASONS.Unreachable,
    "Check spec.url, the network and that the server runs; it is tried again until it answers.",
  ],
  WrongThumbprint: [
    REASONS.CertificateRejected,
    "If that certificate is the right one, put its thumbprint into spec.thumbprint.",
  ],
  UntrustedCertificate: [
    REASONS.CertificateRejected,
    "Put the certificate of its authority into spec.caBundle, or its thumbprint into spec.thumbprint.",
  ],
  InvalidLogin: [
    REASONS.CredentialsRejected,
    "Correct username and password in the Secret; the account may also be locked in vSphere.",
  ],
  NotVSphere: [REASONS.Unsupported, "Let spec.url name a vCenter or an ESXi host."],
  Fault: [REASONS.VSphereFault, "See the task in vSphere; it is tried again."],
  InvalidRequest: [REASONS.InternalError, "This is a mistake in vic-operator: please report it."],
  NotFoundByName: [
    REASONS.ComputeNotFound,
    "Correct the name, or make the object in vSphere; what the account has no role on isn't found either.",
  ],
  FileTransfer: [REASONS.DatastoreUnavailable, CHECK_DATASTORE],
  TimedOut: [REASONS.Unreachable, "It is tried again."],
  Closed: [REASONS.ServerNotReady, "It is tried again when the server is connected."],
};

/** Explains what a call to vSphere threw; undefined for anything that didn't come from there. */
export function explainVSphere(error: unknown): Explanation | undefined {
  if (!(error instanceof VSphereError)) return undefined;
  let [reason, advice] = CODES[error.code];
  if (error instanceof VSphereFault) [reason, advice] = FAULTS[error.fault] ?? [reason, advice];
  if (error instanceof NotFoundByNameError)
    reason = NOT_FOUND.find(([words]) => words.test(error.kind))?.[1] ?? reason;
  if (error instanceof FilePermissionError)
    [reason, advice] = [REASONS.PermissionDenied, PRIVILEGE_ADVICE];
  return { reason, message: `${error.message.replace(/[.\s]*$/, "")}. ${advice}` };
}

/** What an expected failure is to a person. (An Error's message isn't enumerable: spreading one loses it.) */
export const explainError = ({ reason, message }: ReconcileError): Explanation => ({
  reason: reason as Reason,
  message,
});

/** How long a VM that is busy, or whose state isn't known yet, is left alone, milliseconds. */
const BUSY_MS = 2000;

/**
 * The error with its handling: names that don't exist wait for somebody who makes them, a server
 * that is away wakes its keys itself, and all else is tried again with backoff.
 */
export function toReconcileError(error: unknown): unknown {
  if (error instanceof ReconcileError) return error;
  const explanation = explainVSphere(error);
  if (!explanation) return error;
  if (error instanceof UnreachableError) {
    return new WaitingError(explanation.reason, explanation.message, {
      retryAfterMs: 30_000,
      cause: error,
    });
  }
  if (error instanceof NotFoundByNameError) {
    return new WaitingError(explanation.reason, explanation.message, {
      retryAfterMs: 60_000,
      cause: error,
    });
  }
  // A matter of moments, and no news to anybody.
  if (isFault(error, "TaskInProgress", "InvalidPowerState")) {
    return new WaitingError(explanation.reason, explanation.message, {
      retryAfterMs: BUSY_MS,
      cause: error,
    });
  }
  // Nothing tells when somebody gives it.
  if (explanation.reason === REASONS.PermissionDenied) {
    return new WaitingError(explanation.reason, explanation.message, {
      retryAfterMs: 30_000,
      cause: error,
    });
  }
  return new RetryError(explanation.reason, explanation.message, error);
}
