import {
  connect,
  createChildVm,
  type Datacenter,
  deleteDatastoreFile,
  findDatacenter,
  type MoRef,
  moref,
  parseMoref,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import type { Lab } from "./lab.ts";

/** A vSphere administrator, who knows nothing of containers. */
export class Admin {
  readonly vsphere: VSphere;
  readonly datacenter: Datacenter;

  private constructor(vsphere: VSphere, datacenter: Datacenter) {
    this.vsphere = vsphere;
    this.datacenter = datacenter;
  }

  static async login(lab: Lab): Promise<Admin> {
    const { GOVC_USERNAME: username = "", GOVC_PASSWORD: password = "" } = lab.environment;
    const vsphere = await connect({ url: lab.url, thumbprint: lab.thumbprint, username, password });
    return new Admin(vsphere, await findDatacenter(vsphere));
  }

  /** What a status calls `type:value`. */
  ref(text: string | undefined): MoRef {
    const ref = parseMoref(text ?? "");
    if (!ref) throw new Error(`no reference: ${text}`);
    return ref;
  }

  vm(text: string | undefined): MoRef<"VirtualMachine"> {
    return moref("VirtualMachine", this.ref(text).value);
  }

  /** Makes a small VM of the administrator's own in a vApp, or in a folder. */
  async makeVm(name: string, vApp: MoRef): Promise<MoRef>;
  async makeVm(name: string, folder: MoRef, pool: MoRef): Promise<MoRef>;
  async makeVm(name: string, place: MoRef, pool?: MoRef): Promise<MoRef> {
    const config = {
      name,
      guestId: "otherLinux64Guest",
      numCPUs: 1,
      memoryMB: 64,
      files: { vmPathName: "[ssd-1]" },
    };
    const task = pool
      ? this.vsphere.call("CreateVM_Task", place, { config, pool })
      : createChildVm(this.vsphere, place, config);
    const outcome = await this.vsphere.tasks.run(task);
    if (outcome.state !== "success") throw new Error("the task is unknown");
    return outcome.result as MoRef;
  }

  async deletePath(path: string): Promise<void> {
    await this.vsphere.tasks.run(deleteDatastoreFile(this.vsphere, this.datacenter.ref, path));
  }

  close(): Promise<void> {
    return this.vsphere.close();
  }
}
