/** What the API server says in a `Status` object (meta/v1). */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** The API server answered, and the answer is an error. `reason` is one of meta/v1's StatusReason, such as `NotFound`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status code. */
  readonly code: number;
  readonly reason: string;
  /** From the header `Retry-After` or the status's details; undefined where the server gave none. */
  readonly retryAfterMs: number | undefined;
  // Private, so that loggers, which print all fields of an error, don't print it twice.
  readonly #status: ApiStatus;

  constructor(code: number, status: ApiStatus, request: string, retryAfterMs?: number) {
    super(`${request}: ${status.message ?? status.reason ?? `HTTP ${code}`}`);
    this.code = code;
    this.reason = status.reason ?? "Unknown";
    this.#status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** The whole answer. */
  get status(): ApiStatus {
    return this.#status;
  }
}

/** No answer came: connection refused or reset, TLS failure, timeout. The request may or may not have been carried out. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: string;

  constructor(message: string, code: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const isCode = (error: unknown, code: number): error is ApiError =>
  error instanceof ApiError && error.code === code;

/** There is no such object, or no such kind. */
export const isNotFound = (error: unknown): error is ApiError => isCode(error, 404);

/** A create found an object of that name. */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  isCode(error, 409) && error.reason === "AlreadyExists";

/** A write lost the race of optimistic locking, a precondition failed, or another field manager owns a field. */
export const isConflict = (error: unknown): error is ApiError =>
  isCode(error, 409) && error.reason === "Conflict";

/** The resourceVersion asked for is no longer kept (HTTP 410, `Expired` or `Gone`): list anew. */
export const isExpired = (error: unknown): error is ApiError => isCode(error, 410);

/** The object breaks its schema or a rule: repeating won't help. */
export const isInvalid = (error: unknown): error is ApiError => isCode(error, 422);

/** Roles or an admission plugin don't allow it: repeating won't help until somebody does. */
export const isForbidden = (error: unknown): error is ApiError => isCode(error, 403);
