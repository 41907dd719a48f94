import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { type KindOf, KINDS } from "../../src/api/kinds.ts";
import { standInConsole } from "../e2e/controllers/console.ts";
import { Lab } from "../e2e/controllers/lab.ts";
import { Tenant } from "../e2e/controllers/objects.ts";
import type { Calls } from "./calls.ts";
import { compileProduct } from "../../scripts/lab/compile.ts";
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
  readonly #stack: AsyncDisposableStack;

  private constructor(
    lab: Lab,
    tenant: Tenant,
    operator: OperatorUnderTest,
    stack: AsyncDisposableStack,
  ) {
    this.lab = lab;
    this.tenant = tenant;
    this.operator = operator;
    this.#stack = stack;
  }

  static async start(): Promise<SimulatedLab> {
    await using starting = new AsyncDisposableStack();
    const lab = await Lab.start();
    starting.defer(() => lab.stop());
    const client = await lab.client();
    starting.defer(() => client.close());
    await grantRoles(lab.kubeconfig);
    const kubeconfig = path.join(path.dirname(lab.kubeconfig), "kubeconfigs/vic-operator");
    await compileProduct(); // as `npm run lab` does
    const operator = await OperatorUnderTest.start(kubeconfig);
    starting.defer(() => operator.stop());
    const tenant = new Tenant(client, lab, "team-a");
    try {
      await equip(tenant);
    } catch (error) {
      console.error(`the operator's last words:\n${await operator.lastWords()}`);
      throw error;
    }
    return new SimulatedLab(lab, tenant, operator, starting.move());
  }

  /** vSphere calls since the last reset, the long wait included. */
  async calls(): Promise<Calls> {
    return ((await this.lab.order("GET", "/calls")) as { calls: Calls }).calls;
  }

  async writes(): Promise<Writes> {
    return countWrites(String(await this.tenant.client.raw("GET", "/metrics")));
  }

  async containers(): Promise<KindOf["ContainerVM"][]> {
    const { namespace } = this.tenant;
    return [...(await this.tenant.client.list(KINDS.ContainerVM, { namespace })).items];
  }

  async stop(): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** A server, a host, and the image of its containers. */
export async function equip(
  tenant: Tenant,
  server: object = {},
  account?: Record<string, string>,
): Promise<void> {
  const stopConsole = standInConsole(tenant.client);
  try {
    await tenant.server("lab", server, account);
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host", 60_000);
    await tenant.apply("ContainerImage", "busybox", {
      hostRef: { name: "host" },
      image: "busybox",
    });
    await tenant.ready("ContainerImage", "busybox", 60_000);
  } finally {
    // It polls, and has nothing more to do.
    await stopConsole();
  }
}

/** The operator runs with its own rights, as in a cluster. */
async function grantRoles(kubeconfig: string): Promise<void> {
  const files = ["namespace.yaml", "rbac"].flatMap((file) => [
    "-f",
    path.resolve(import.meta.dirname, "../../manifests", file),
  ]);
  await promisify(execFile)("kubectl", ["--kubeconfig", kubeconfig, "apply", ...files]);
}
