import type { KubeClient } from "../../../src/kube/client.ts";
import { createKubeClient } from "../../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import { standInConsole } from "../controllers/console.ts";
import type { Lab } from "../controllers/lab.ts";
import { Tenant } from "../controllers/objects.ts";
import { startOperator, type TestOperator } from "../controllers/operator.ts";

const GRACE_MS = 2000;

/** The product in a cluster, and a tenant of it. The cluster outlives it. */
export class Cluster {
  readonly tenant: Tenant;
  readonly operator: TestOperator;
  readonly client: KubeClient;
  readonly #stopConsole: () => Promise<void>;

  private constructor(client: KubeClient, lab: Lab, operator: TestOperator) {
    this.client = client;
    this.tenant = new Tenant(client, lab, "team-a");
    this.operator = operator;
    this.#stopConsole = standInConsole(client);
  }

  static async start(kubeconfig: string, lab: Lab): Promise<Cluster> {
    const client = createKubeClient(await loadKubeconfig(kubeconfig), "test");
    // Workers stay: VMs are compared.
    const options = { sweepGraceMs: GRACE_MS, workerIdleMs: 60 * 60_000 };
    const operator = await startOperator(kubeconfig, options);
    const cluster = new Cluster(client, lab, operator);
    await cluster.tenant.server();
    return cluster;
  }

  async stop(): Promise<void> {
    await this.#stopConsole();
    await this.operator.stop();
    await this.client.close();
  }
}
