import { expect, test } from "vitest";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import type { Secret } from "../../kube/core-kinds.ts";
import { planSecrets } from "./secret-in-use.ts";

const server = (name: string) => ({ spec: { credentialsSecretRef: { name } } }) as VSphereServer;
const secret = (name: string, more: Secret["metadata"] = {}): Secret => ({
  metadata: { name, ...more },
});
const names = (secrets: readonly Secret[]) => secrets.map(({ metadata }) => metadata?.name);

test("exactly the Secrets in use are held, those that nobody uses any more are let go, strangers stay untouched", () => {
  const plan = planSecrets(
    [server("used"), server("held"), server("missing"), server("dying")],
    [
      secret("used"),
      secret("held", { finalizers: ["vic.dev/in-use"] }),
      secret("former", { finalizers: ["other", "vic.dev/in-use"] }),
      secret("foreign", { finalizers: ["other"] }),
      secret("dying", { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["other"] }),
    ],
  );
  expect([names(plan.hold), names(plan.release)]).toEqual([["used"], ["former"]]);
});
