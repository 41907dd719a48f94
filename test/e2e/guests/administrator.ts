import { once } from "node:events";
import https from "node:https";
import tls from "node:tls";
import {
  connect,
  type ExistingDevice,
  moref,
  type MoRef,
  powerOffVm,
  powerOnVm,
  readProperties,
  readVmHardware,
  shutdownGuest,
  type VSphere,
} from "../../../src/vsphere/index.ts";
import { resetVm } from "../reset-vm.ts";
import type { Installation } from "./installation.ts";

/** A vSphere administrator, who sees VMs and files and knows nothing of containers. */
export class Administrator {
  readonly vsphere: VSphere;
  readonly url: string;
  readonly thumbprint: string;
  readonly username: string;
  readonly password: string;

  private constructor(
    vsphere: VSphere,
    account: Pick<Administrator, "url" | "thumbprint" | "username" | "password">,
  ) {
    this.vsphere = vsphere;
    this.url = account.url;
    this.thumbprint = account.thumbprint;
    this.username = account.username;
    this.password = account.password;
  }

  static async login(installation: Installation): Promise<Administrator> {
    const { GOVC_URL = "", GOVC_USERNAME, GOVC_PASSWORD } = installation.environment;
    const { origin, hostname, port } = new URL(GOVC_URL);
    const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const thumbprint = socket.getPeerCertificate().fingerprint256;
    socket.destroy();
    const username = GOVC_USERNAME ?? "";
    const password = GOVC_PASSWORD ?? "";
    const account = { url: origin, thumbprint, username, password };
    return new Administrator(await connect(account), account);
  }

  /** A VM from what a status calls it. */
  vm(reference: string | undefined): MoRef<"VirtualMachine"> {
    return moref("VirtualMachine", reference?.replace("VirtualMachine:", "") ?? "");
  }

  async shutDownGuest(reference: string | undefined): Promise<void> {
    await shutdownGuest(this.vsphere, this.vm(reference));
  }

  async powerOn(reference: string | undefined): Promise<void> {
    await this.vsphere.tasks.run(powerOnVm(this.vsphere, this.vm(reference)));
  }

  async powerOff(reference: string | undefined): Promise<void> {
    await this.vsphere.tasks.run(powerOffVm(this.vsphere, this.vm(reference)));
  }

  reset(reference: string | undefined): Promise<void> {
    return resetVm(this, this.vm(reference).value);
  }

  /** Disks of a VM, each with its chain of parents, nearest first. */
  async disks(reference: string | undefined): Promise<ExistingDevice[]> {
    const hardware = await readVmHardware(this.vsphere, this.vm(reference));
    return (hardware?.devices ?? []).filter(({ type }) => type === "VirtualDisk");
  }

  properties(
    reference: string | undefined,
    paths: readonly string[],
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    return readProperties(this.vsphere, this.vm(reference), paths);
  }

  /** A file of a datastore, over the server's `/folder`, as a browser gets it. */
  async file(datastore: string, file: string): Promise<string> {
    const target = new URL(`/folder/${file}`, this.url);
    target.search = new URLSearchParams({ dcPath: "DC0", dsName: datastore }).toString();
    const request = https.get(target, {
      auth: `${this.username}:${this.password}`,
      // The lab's certificate is nobody's but its own.
      rejectUnauthorized: false,
      agent: false,
    });
    const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
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
