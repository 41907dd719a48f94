import { expect, test } from "vitest";
import { lookAtLease } from "./lease-claim.ts";

const claimant = { identity: "me", run: "run", nowMs: 100_000, leaseMs: 15_000 };
const lease = (holderIdentity: string, resourceVersion = "1") => ({
  metadata: { resourceVersion },
  spec: { holderIdentity, leaseDurationSeconds: 10 },
});

test.each([
  ["that isn't there", undefined, true],
  ["that was released", lease(""), true],
  ["of an earlier run of ours", lease("me"), true],
  ["of another", lease("other"), false],
])("a lease %s may be taken: %s", (_, found, mayTake) => {
  expect(lookAtLease(found, undefined, claimant).mayTake).toBe(mayTake);
});

test("a lease of another may be taken when it hasn't changed for its duration by our own clock", () => {
  const { seen } = lookAtLease(lease("other"), undefined, claimant);
  const later = (ms: number) => ({ ...claimant, nowMs: claimant.nowMs + ms });
  expect(lookAtLease(lease("other"), seen, later(9_999)).mayTake).toBe(false);
  expect(lookAtLease(lease("other"), seen, later(10_000)).mayTake).toBe(true);
  expect(lookAtLease(lease("other", "2"), seen, later(10_000)).mayTake).toBe(false);
});
