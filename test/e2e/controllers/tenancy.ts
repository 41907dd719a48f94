import type { KubeClient } from "../../../src/kube/client.ts";
import { type Answer, standInConsole } from "./console.ts";
import { Lab } from "./lab.ts";
import { Tenant } from "./objects.ts";

/** A lab, a stand-in for the console, and a tenant with a vCenter; the operator is a test's own. */
export interface Tenancy {
  readonly lab: Lab;
  readonly client: KubeClient;
  readonly tenant: Tenant;
  stop(): Promise<void>;
}

/** @param profile shape of vSphere */
export async function startTenancy(
  options: { readonly profile?: string | undefined; readonly answer?: Answer | undefined } = {},
): Promise<Tenancy> {
  const lab = await Lab.start(options.profile);
  const client = await lab.client();
  const stopConsole = standInConsole(client, options.answer);
  const tenant = new Tenant(client, lab, "team-a");
  await tenant.server();
  return {
    lab,
    client,
    tenant,
    async stop() {
      await stopConsole();
      await client.close();
      await lab.stop();
    },
  };
}
