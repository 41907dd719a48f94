import type { Manager } from "../reconcile/manager.ts";
import { connect } from "../vsphere/index.ts";
import { Issuer } from "./certificates/issuer.ts";
import { containerImageController } from "./container-image/controller.ts";
import { containerNameController } from "./container-name/controller.ts";
import { containerVmController } from "./container-vm/controller.ts";
import type { ControllerOptions, Dependencies } from "./dependencies.ts";
import { processCertificatesController } from "./process-certificates/controller.ts";
import { HostRegistry } from "./hosts/host-registry.ts";
import { Keepers } from "./keepers/keepers.ts";
import { ServerPool } from "./servers/server-pool.ts";
import { virtualContainerHostController } from "./virtual-container-host/controller.ts";
import { volumeStoreController } from "./volume-store/controller.ts";
import { inVsphereScope } from "./vsphere-scope.ts";
import { vsphereServerController } from "./vsphere-server/controller.ts";

export type { ControllerOptions } from "./dependencies.ts";

/** The controllers of a manager, as far as the process must end them itself. */
export interface RegisteredControllers {
  /**
   * Logs out of every vSphere server. Call it after {@link Manager.run} has returned, or at once where another process acts
   * already: nothing is sent from then on. Idempotent.
   */
  close(): Promise<void>;
}

/** Adds the controllers of all kinds to a manager. */
export function registerControllers(
  manager: Manager,
  options: ControllerOptions,
): RegisteredControllers {
  const dependencies: Dependencies = {
    connect,
    gatewayPort: 2376,
    verifyMs: 10 * 60_000,
    workerIdleMs: 2 * 60_000,
    sweepGraceMs: 60_000,
    silentMs: 5 * 60_000,
    ...options,
    servers: new ServerPool(),
    hosts: new HostRegistry(),
    issuer: new Issuer(),
    keepers: new Keepers(options.installation),
  };
  manager.add(processCertificatesController(dependencies));
  manager.add(inVsphereScope(vsphereServerController(dependencies)));
  manager.add(inVsphereScope(volumeStoreController(dependencies)));
  manager.add(inVsphereScope(virtualContainerHostController(dependencies)));
  manager.add(inVsphereScope(containerImageController(dependencies)));
  manager.add(inVsphereScope(containerVmController(dependencies)));
  manager.add(containerNameController(dependencies));
  return {
    close: async () => {
      dependencies.issuer.close();
      await Promise.allSettled(dependencies.servers.all().map(({ vsphere }) => vsphere.close()));
    },
  };
}
