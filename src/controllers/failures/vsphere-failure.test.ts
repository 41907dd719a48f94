import { expect, test } from "vitest";
import { WaitingError } from "../../reconcile/errors.ts";
import { FilePermissionError, VSphereFault } from "../../vsphere/index.ts";
import { toReconcileError } from "./vsphere-failure.ts";

test.each([
  ["a call", new VSphereFault("NoPermission", "user ops lacks Folder.Create on folder x")],
  ["a file", new FilePermissionError("upload to [ds] x: user ops lacks one of A and B")],
])(
  "what the account may not do with %s is tried again twice a minute, not in a loop",
  (_, cause) => {
    const error = toReconcileError(cause);
    expect(error).toBeInstanceOf(WaitingError);
    expect(error).toMatchObject({ reason: "PermissionDenied", retryAfterMs: 30_000 });
    expect((error as Error).message).toMatch(/user ops lacks .* docs\/privileges\.md/);
  },
);

test.each(["TaskInProgress", "VAppTaskInProgress", "InvalidPowerState"])(
  "%s is tried again in a moment, and no news",
  (fault) => {
    const error = toReconcileError(new VSphereFault(fault, "busy"));
    expect(error).toBeInstanceOf(WaitingError);
    expect(error).toMatchObject({ reason: "VSphereFault", retryAfterMs: 2000 });
  },
);
