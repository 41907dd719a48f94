import path from "node:path";
import { type KindOf } from "../../src/api/kinds.ts";
import { KINDS } from "../../src/api/kinds.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { standInConsole } from "../e2e/controllers/console.ts";
import { Lab } from "../e2e/controllers/lab.ts";
import { Tenant } from "../e2e/controllers/objects.ts";
import type { Calls } from "./calls.ts";
import { OperatorUnderTest } from "./operator-under-test.ts";
import { countWrites, type Writes } from "./writes.ts";

/**
 * A lab whose guests cost nothing, with a real operator process, and a host whose image is there. The console's part, to
 * unpack layers in a worker that boots, is stood in for.
 */
export class SimulatedLab {
  readonly lab: Lab;
  readonly tenant: Tenant;
  readonly operator: OperatorUnderTest;
  readonly #client: KubeClient;
  readonly #stopConsole: () => Promise<void>;

  private constructor(lab: Lab, tenant: Tenant, operator: OperatorUnderTest, client: KubeClient) {
    this.lab = lab;
    this.tenant = tenant;
    this.operator = operator;
    this.#client = client;
    this.#stopConsole = standInConsole(client);
  }

  static async start(): Promise<SimulatedLab> {
    const lab = await Lab.start();
    const client = await lab.client();
    const kubeconfig = path.join(path.dirname(lab.kubeconfig), "kubeconfigs/vic-operator");
    const operator = await OperatorUnderTest.start(kubeconfig);
    const started = new SimulatedLab(lab, new Tenant(client, lab, "team-a"), operator, client);
    try {
      await started.#equip();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  async #equip(): Promise<void> {
    await this.tenant.server();
    await this.tenant.host("host");
    await this.tenant.ready("VirtualContainerHost", "host", 60_000);
    await this.tenant.apply("ContainerImage", "busybox", {
      hostRef: { name: "host" },
      image: "busybox",
    });
    await this.tenant.ready("ContainerImage", "busybox", 60_000);
    // It polls, and has nothing more to do.
    await this.#stopConsole();
  }

  /** vSphere calls since the last reset, the long wait included. */
  async calls(): Promise<Calls> {
    return ((await this.lab.order("GET", "/calls")) as { calls: Calls }).calls;
  }

  async writes(): Promise<Writes> {
    return countWrites(String(await this.#client.raw("GET", "/metrics")));
  }

  async containers(): Promise<KindOf["ContainerVM"][]> {
    const { namespace } = this.tenant;
    return [...(await this.#client.list(KINDS.ContainerVM, { namespace })).items];
  }

  async stop(): Promise<void> {
    await this.#stopConsole();
    await this.operator.stop();
    await this.#client.close();
    await this.lab.stop();
  }
}
