import { readdir } from "node:fs/promises";
import path from "node:path";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { PyvmomiAdministrator } from "./pyvmomi-administrator.ts";
import type { Lab } from "./lab.ts";
import type { Tenant } from "./objects.ts";
import { type Setting, startSetting } from "./setting.ts";

type Status = NonNullable<ContainerVM["status"]>;

/** A tenant's host, and an administrator at VMware's own client who acts on it; one container at a time. */
export class Acts {
  readonly setting: Setting;
  readonly admin: PyvmomiAdministrator;
  /** Of the container that is acted on. */
  name = "";
  #number = 0;

  private constructor(setting: Setting, admin: PyvmomiAdministrator) {
    this.setting = setting;
    this.admin = admin;
  }

  static async start(): Promise<Acts> {
    const setting = await startSetting();
    const admin = await PyvmomiAdministrator.login(setting.lab);
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
    return new Acts(setting, admin);
  }

  async stop(): Promise<void> {
    await this.admin.close();
    await this.setting.stop();
  }

  get lab(): Lab {
    return this.setting.lab;
  }

  get tenant(): Tenant {
    return this.setting.tenant;
  }

  /** Goes over to a container that isn't there yet. */
  next(): void {
    this.name = `c${++this.#number}`;
  }

  until(holds: (status: Status) => boolean) {
    return this.tenant.until(
      "ContainerVM",
      this.name,
      ({ status }) => status !== undefined && holds(status),
    );
  }

  reason(of: string) {
    return this.tenant.reason("ContainerVM", this.name, of);
  }

  /** Makes it, and waits until it runs. */
  async running(): Promise<Status> {
    await this.tenant.container(this.name, ["sleep", "1000"]);
    const { status } = await this.until(
      ({ state, tools }) => state === "Running" && tools === "Running",
    );
    return status!;
  }

  request(seq: number, action: "Start" | "Stop") {
    return this.tenant.container(this.name, ["sleep", "1000"], { request: { seq, action } });
  }

  /** Deletes it. */
  async gone(): Promise<void> {
    await this.tenant.delete("ContainerVM", this.name);
    await this.tenant.gone("ContainerVM", this.name);
  }

  /** The host's vApp. */
  async vApp(): Promise<string> {
    const { status } = await this.tenant.get("VirtualContainerHost", "host");
    return status?.vsphere?.vApp?.moRef ?? "";
  }

  /** The files of a VM's directory. */
  filesAt({ vsphere }: Status): Promise<string[]> {
    const [, datastore = "", file = ""] = /^\[(.*)\] (.*)$/.exec(vsphere?.path ?? "") ?? [];
    return readdir(path.join(this.lab.datastore(datastore), path.dirname(file))).catch(
      (): string[] => [],
    );
  }
}

/** What a status calls its VM. */
export const vmOf = ({ vsphere }: Status): string => vsphere?.moRef ?? "";
