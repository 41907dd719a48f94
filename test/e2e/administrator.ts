import { once } from "node:events";
import https from "node:https";
import type { IncomingMessage } from "node:http";
import tls from "node:tls";
import {
  connect,
  createChildVm,
  type Datacenter,
  deleteDatastoreFile,
  type ExistingDevice,
  findDatacenter,
  moref,
  type MoRef,
  parseMoref,
  powerOffVm,
  powerOnVm,
  readProperties,
  readVmHardware,
  shutdownGuest,
  type VSphere,
} from "../../src/vsphere/index.ts";
import { resetVm } from "./reset-vm.ts";
import type { RunningLab } from "./running-lab.ts";

/** How somebody logs in to a lab's vCenter. */
export interface Account {
  /** Origin of the vCenter. */
  readonly url: string;
  /** SHA-256 fingerprint of its certificate. */
  readonly thumbprint: string;
  readonly username: string;
  readonly password: string;
}

/** SHA-256 fingerprint of the certificate of a lab's vCenter. */
export async function thumbprintOf(environment: RunningLab["environment"]): Promise<string> {
  const { hostname, port } = new URL(environment["GOVC_URL"] ?? "");
  const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** A vSphere administrator, who sees VMs and files and knows nothing of containers. VMs are what a status calls `type:value`. */
export class Administrator {
  readonly vsphere: VSphere;
  readonly datacenter: Datacenter;
  readonly account: Account;

  private constructor(vsphere: VSphere, datacenter: Datacenter, account: Account) {
    this.vsphere = vsphere;
    this.datacenter = datacenter;
    this.account = account;
  }

  static async login(lab: RunningLab): Promise<Administrator> {
    const { GOVC_URL = "", GOVC_USERNAME = "", GOVC_PASSWORD = "" } = lab.environment;
    const account = {
      url: new URL(GOVC_URL).origin,
      thumbprint: await thumbprintOf(lab.environment),
      username: GOVC_USERNAME,
      password: GOVC_PASSWORD,
    };
    const vsphere = await connect(account);
    return new Administrator(vsphere, await findDatacenter(vsphere), account);
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

  async shutDownGuest(vm: string | undefined): Promise<void> {
    await shutdownGuest(this.vsphere, this.vm(vm));
  }

  async powerOn(vm: string | undefined): Promise<void> {
    await this.vsphere.tasks.run(powerOnVm(this.vsphere, this.vm(vm)));
  }

  async powerOff(vm: string | undefined): Promise<void> {
    await this.vsphere.tasks.run(powerOffVm(this.vsphere, this.vm(vm)));
  }

  reset(vm: string | undefined): Promise<void> {
    return resetVm(this.account, this.vm(vm).value);
  }

  /** Disks of a VM, each with its chain of parents, nearest first. */
  async disks(vm: string | undefined): Promise<ExistingDevice[]> {
    const hardware = await readVmHardware(this.vsphere, this.vm(vm));
    return (hardware?.devices ?? []).filter(({ type }) => type === "VirtualDisk");
  }

  /** MAC addresses of a VM's network cards. */
  async cards(vm: string | undefined): Promise<string[]> {
    const hardware = await readVmHardware(this.vsphere, this.vm(vm));
    return (hardware?.devices ?? []).flatMap(({ mac }) => mac ?? []);
  }

  properties(
    vm: string | undefined,
    paths: readonly string[],
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    return readProperties(this.vsphere, this.vm(vm), paths);
  }

  async deletePath(path: string): Promise<void> {
    await this.vsphere.tasks.run(deleteDatastoreFile(this.vsphere, this.datacenter.ref, path));
  }

  /** A file of a datastore, over the server's `/folder`, as a browser gets it. */
  async file(datastore: string, file: string): Promise<string> {
    const { url, username, password } = this.account;
    const target = new URL(`/folder/${file}`, url);
    target.search = new URLSearchParams({ dcPath: "DC0", dsName: datastore }).toString();
    const request = https.get(target, {
      auth: `${username}:${password}`,
      // The lab's certificate is nobody's but its own.
      rejectUnauthorized: false,
      agent: false,
    });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (response.statusCode !== 200) throw new Error(`${file}: ${response.statusCode} ${text}`);
    return text;
  }

  /** What a container's process wrote, all runs, from the log beside its VM. */
  async output(id: string | undefined): Promise<string> {
    const log = await this.file("ssd-1", `${id}/${id}.log`);
    return [...log.matchAll(/^\S+ (stdout|stderr) ([FP]) (.*)$/gm)]
      .map(([, , tag, text]) => (tag === "F" ? `${text}\n` : text))
      .join("");
  }

  close(): Promise<void> {
    return this.vsphere.close();
  }
}
