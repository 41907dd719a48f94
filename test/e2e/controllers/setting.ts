import { Admin } from "./admin.ts";
import { type Answer, standInConsole } from "./console.ts";
import { Lab } from "./lab.ts";
import { Tenant } from "./objects.ts";
import { startOperator, type TestOperator } from "./operator.ts";
import type { ControllerOptions } from "../../../src/controllers/index.ts";

/** A lab, an operator, a stand-in for the console, an administrator, and a tenant with a host. */
export interface Setting {
  readonly lab: Lab;
  readonly admin: Admin;
  readonly tenant: Tenant;
  readonly operator: TestOperator;
  startOperator(): Promise<void>;
  /** Ends the operator and starts another, as an upgrade does. */
  restartOperator(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSetting(
  options: Partial<ControllerOptions> & {
    readonly answer?: Answer;
    /** Shape of vSphere. */
    readonly profile?: string;
  } = {},
): Promise<Setting> {
  const { answer, profile, ...controllers } = options;
  const lab = await Lab.start(profile);
  const client = await lab.client();
  let operator = await startOperator(lab.kubeconfig, controllers);
  const stopConsole = standInConsole(client, answer);
  const admin = await Admin.login(lab);
  const tenant = new Tenant(client, lab, "team-a");
  await tenant.server();
  return {
    lab,
    admin,
    tenant,
    get operator() {
      return operator;
    },
    async startOperator() {
      operator = await startOperator(lab.kubeconfig, controllers);
    },
    async restartOperator() {
      await operator.stop();
      operator = await startOperator(lab.kubeconfig, controllers);
    },
    async stop() {
      await stopConsole();
      await operator.stop();
      await admin.close();
      await client.close();
      await lab.stop();
    },
  };
}
