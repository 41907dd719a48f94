import { expect, test } from "vitest";
import { workerFailure } from "./worker-wait.ts";

const host = (status: "True" | "False", reason: string) => ({
  status: {
    conditions: [
      {
        type: "WorkerReady",
        status,
        reason,
        message: "No space.",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  },
});

test("an image says why the worker it waits for doesn't come", () => {
  expect(workerFailure(host("False", "WorkerFailed"))).toEqual({
    reason: "WorkerFailed",
    message: "Waits for the host's worker. No space.",
  });
});

test("a worker that is on its way has not failed", () => {
  expect(workerFailure(undefined)).toBeUndefined();
  expect(workerFailure(host("False", "Progressing"))).toBeUndefined();
  expect(workerFailure(host("True", "Available"))).toBeUndefined();
});
