/**
 * All errors of this layer. Each has a stable `code`, so that callers decide by it and not by the message.
 * No message ever holds a password.
 */

/** Stable codes of this layer's errors. */
export type VSphereErrorCode =
  | "Unreachable"
  | "WrongThumbprint"
  | "UntrustedCertificate"
  | "InvalidLogin"
  | "NotVSphere"
  | "Fault"
  | "InvalidRequest"
  | "NotFoundByName"
  | "FileTransfer"
  | "TimedOut"
  | "Closed";

/** Base of everything thrown by this layer, cancelled calls (AbortError) apart. */
export class VSphereError extends Error {
  readonly code: VSphereErrorCode;
  constructor(code: VSphereErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = `${code}Error`;
    this.code = code;
  }
}

/** The server can't be reached, or broke the connection: name, route, port, or the server is down. Trying again may help. */
export class UnreachableError extends VSphereError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("Unreachable", message, options);
  }
}

/** The server shows another certificate than the configured thumbprint names. */
export class WrongThumbprintError extends VSphereError {
  /** SHA-256 thumbprint of the certificate that the server shows, colon-separated hex. */
  readonly actual: string;
  /** The configured thumbprint. */
  readonly expected: string;
  constructor(expected: string, actual: string) {
    super("WrongThumbprint", `the server's certificate has thumbprint ${actual}, not ${expected}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The server's certificate isn't trusted: unknown authority, other host name, expired. */
export class UntrustedCertificateError extends VSphereError {
  /** SHA-256 thumbprint of the certificate that the server shows, for the user to compare; may be unknown. */
  readonly actual: string | undefined;
  constructor(message: string, actual: string | undefined, options?: { cause?: unknown }) {
    super("UntrustedCertificate", message, options);
    this.actual = actual;
  }
}

/** User name or password were refused, or the user may not log in. Trying again with the same credentials locks accounts: don't. */
export class InvalidLoginError extends VSphereError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("InvalidLogin", message, options);
  }
}

/** A request that the type table doesn't allow (missing required field, unknown field or type): a mistake of ours, found before sending. */
export class InvalidRequestError extends VSphereError {
  /** Where, e.g. `CreateChildVM_Task.config.deviceChange[0].device.key`. */
  readonly path: string;
  constructor(path: string, problem: string) {
    super("InvalidRequest", `${path}: ${problem}`);
    this.path = path;
  }
}

/** No object of that kind and name in the inventory. */
export class NotFoundByNameError extends VSphereError {
  readonly kind: string;
  readonly objectName: string;
  constructor(kind: string, objectName: string, where?: string) {
    super(
      "NotFoundByName",
      `no ${kind} named ${JSON.stringify(objectName)}${where ? ` in ${where}` : ""}`,
    );
    this.kind = kind;
    this.objectName = objectName;
  }
}

/** A transfer to or from a datastore was refused. */
export class FileTransferError extends VSphereError {
  /** HTTP status. 404: no such file or directory. */
  readonly status: number;
  constructor(status: number, message: string) {
    super("FileTransfer", message);
    this.status = status;
  }
}

/** A transfer was refused because the account lacks privileges; which, the server doesn't say. */
export class FilePermissionError extends FileTransferError {
  constructor(message: string) {
    super(401, message);
  }
}
