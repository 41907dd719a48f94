import { Administrator } from "../administrator.ts";
import type { Answer } from "./console.ts";
import type { Lab } from "./lab.ts";
import type { Tenant } from "./objects.ts";
import { startOperator, type TestOperator } from "./operator.ts";
import { SentRequests } from "../witness/requests.ts";
import { assertSound } from "../witness/witnesses.ts";
import { startTenancy } from "./tenancy.ts";
import type { ControllerOptions } from "../../../src/controllers/index.ts";

/** A lab, an operator, a stand-in for the console, an administrator, and a tenant with a host. */
export interface Setting {
  readonly lab: Lab;
  readonly admin: Administrator;
  readonly tenant: Tenant;
  readonly operator: TestOperator;
  startOperator(): Promise<void>;
  /** Ends the operator and starts another, as an upgrade does; perhaps with other options. */
  restartOperator(changed?: Partial<ControllerOptions>): Promise<void>;
  stop(): Promise<void>;
}

export async function startSetting(
  options: Partial<ControllerOptions> & {
    readonly answer?: Answer;
    /** Shape of vSphere. */
    readonly profile?: string;
  } = {},
): Promise<Setting> {
  const { answer, profile, ...given } = options;
  // Workers stay: one that goes makes calls in the middle of whatever is done then.
  const controllers = { workerIdleMs: 60 * 60_000, ...given };
  const requests = new SentRequests();
  const tenancy = await startTenancy({ profile, answer });
  const { lab, tenant } = tenancy;
  let operator = await startOperator(lab.kubeconfig, controllers);
  const admin = await Administrator.login(lab);
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
    async restartOperator(changed = {}) {
      await operator.stop();
      operator = await startOperator(lab.kubeconfig, { ...controllers, ...changed });
    },
    async stop() {
      await operator.stop();
      await admin.close();
      await tenancy.stop();
      await assertSound(requests.end());
    },
  };
}
