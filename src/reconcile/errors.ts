/**
 * Errors that carry their handling. Any other thrown value is an unexpected failure: logged, counted, retried with
 * backoff. `reason` is PascalCase and is used for the condition and the event alike; `message` says what is wrong and
 * what to do, without timestamps, so that it doesn't flap.
 */
export abstract class ReconcileError extends Error {
  abstract readonly handling: "terminal" | "waiting" | "retry";
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** Only a change by the user helps (kstatus: Stalled). Not retried; any change of the object or of what it watches runs it again. */
export class TerminalError extends ReconcileError {
  override readonly name = "TerminalError";
  override readonly handling = "terminal";
}

/** Something else has to happen first, and its change will wake the key; as a safety net it is looked at after `retryAfterMs`. */
export class WaitingError extends ReconcileError {
  override readonly name = "WaitingError";
  override readonly handling = "waiting";
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: string,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(reason, message, options.cause);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An expected failure of something outside; retried with backoff, and told to the user under its reason. */
export class RetryError extends ReconcileError {
  override readonly name = "RetryError";
  override readonly handling = "retry";
}
