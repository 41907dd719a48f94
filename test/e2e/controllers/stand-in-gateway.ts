import type { ContainerVM, ContainerVMStatus } from "../../../src/api/containervm.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { ANNOTATIONS } from "../../../src/api/metadata.ts";
import { eventKind } from "../../../src/kube/core-kinds.ts";
import type { Tenant } from "./objects.ts";
import { keeperServed } from "./quiet.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Makes and drives containers of the host `host` as the gateway does: Off in the spec, started by requests. */
export class StandInGateway {
  readonly #tenant: Tenant;

  constructor(tenant: Tenant) {
    this.#tenant = tenant;
  }

  create(
    name: string,
    command: readonly string[],
    more: object = {},
    metadata: object = {},
  ): Promise<ContainerVM> {
    const spec = { hostRef: { name: "host" }, image: "busybox", command, powerState: "Off" };
    return this.#tenant.apply("ContainerVM", name, { ...spec, ...more }, metadata);
  }

  patch(name: string, change: object): Promise<ContainerVM> {
    const { client, namespace } = this.#tenant;
    return client.patch(KINDS.ContainerVM, { namespace, name }, { type: "merge", patch: change });
  }

  request(name: string, seq: number, action: string, more: object = {}): Promise<ContainerVM> {
    return this.patch(name, { spec: { request: { seq, action, ...more } } });
  }

  until(name: string, is: (status: ContainerVMStatus) => boolean): Promise<ContainerVM> {
    return this.#tenant.until(
      "ContainerVM",
      name,
      ({ status }) => status !== undefined && is(status),
    );
  }

  /** Waits until a request is served, and the container is in this state. */
  served(name: string, seq: number, state: string): Promise<ContainerVM> {
    return this.until(name, (status) => status.request === seq && status.state === state);
  }

  /** What Docker is told of a container, in order. */
  async events(name: string): Promise<string[]> {
    const { client, namespace } = this.#tenant;
    const labelSelector = "vic.dev/host=host";
    const { items } = await client.list(eventKind, { namespace, labelSelector });
    return items
      .filter(({ regarding }) => regarding?.name === name)
      .toSorted((a, b) => (a.eventTime ?? "").localeCompare(b.eventTime ?? ""))
      .map(({ metadata }) => {
        const text = metadata?.annotations?.[ANNOTATIONS.dockerEvent] ?? "{}";
        return (JSON.parse(text) as { action: string }).action;
      });
  }
}

/** A setting whose host has an image already, and what stands in for the gateway there. */
export async function startGatewaySetting(): Promise<{
  readonly setting: Setting;
  readonly gateway: StandInGateway;
}> {
  const setting = await startSetting({ serialAddress: "10.118.0.1:2378" });
  const { tenant } = setting;
  await tenant.host("host");
  await tenant.ready("VirtualContainerHost", "host");
  await tenant.container("warm-up", ["true"]);
  await tenant.reason("ContainerVM", "warm-up", "Completed");
  await keeperServed(tenant, "host");
  return { setting, gateway: new StandInGateway(tenant) };
}
