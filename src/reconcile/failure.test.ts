import { expect, test } from "vitest";
import { ApiError, TransportError } from "../kube/errors.ts";
import { RetryError, TerminalError, WaitingError } from "./errors.ts";
import { classifyFailure } from "./failure.ts";

test("what only the user can change isn't retried, and is told", () => {
  expect(classifyFailure(new TerminalError("PathNotAllowed", "allow it"))).toMatchObject({
    next: { type: "forget" },
    terminal: true,
    event: { reason: "PathNotAllowed", note: "allow it" },
  });
});

test("what waits for something else is no error and no news", () => {
  expect(
    classifyFailure(new WaitingError("WaitingForImage", "…", { retryAfterMs: 7 })),
  ).toMatchObject({
    next: { type: "after", ms: 7 },
    result: "requeue_after",
    event: undefined,
  });
});

test("what failed outside is retried with backoff and told under its reason", () => {
  expect(classifyFailure(new RetryError("RegistryUnreachable", "down"))).toMatchObject({
    next: { type: "backoff" },
    event: { reason: "RegistryUnreachable" },
    panic: false,
  });
});

test("a lost race of writers is retried without a word", () => {
  const conflict = new ApiError(409, { reason: "Conflict" }, "PATCH /x");
  expect(classifyFailure(conflict)).toMatchObject({
    next: { type: "backoff" },
    event: undefined,
    level: "debug",
  });
});

test.each([
  new TransportError("GET /x: connect ECONNREFUSED", "ECONNREFUSED"),
  new ApiError(503, { reason: "ServiceUnavailable" }, "GET /x"),
  new ApiError(429, { reason: "TooManyRequests" }, "GET /x"),
])("trouble of the API server is retried, and no object is blamed for it: %s", (error) => {
  expect(classifyFailure(error)).toMatchObject({
    next: { type: "backoff" },
    event: undefined,
    panic: false,
  });
});

test("a programming error counts as a panic and is retried", () => {
  expect(classifyFailure(new TypeError("x is undefined"))).toMatchObject({
    next: { type: "backoff" },
    panic: true,
    level: "error",
  });
});
