import type { Socket } from "node:net";
import { type HostCommand, parseHostCommand, proxySays, VMWARE_TELNET_EXT } from "./extension.ts";
import { Negotiation } from "./negotiation.ts";
import { encodeData, TelnetDecoder, type TelnetEvent } from "./telnet.ts";

/** Service URIs of lines that are meant for us; the container's id follows. */
const OUR_URI = /^(?:vic\.dev|.*\/vic\.dev)\/[0-9a-f]{64}$/;

const MAX_UNREAD = 256 * 1024;
/** A host has a few commands at the beginning, and at each move of the VM. */
const MAX_COMMANDS = 1_000;
const COMMANDS_WINDOW_MS = 10_000;

/** What happens on a connection of a host. */
export interface HostConnectionListener {
  /** The host says which VM's line this is; it may be wrong. */
  identified?(uuid: string): void;
  /** Bytes from the guest. */
  data?(data: Buffer): void;
  /** {@link HostConnection.write} may go on. */
  drain?(): void;
  vmotionBegin?(sequence: Buffer): void;
  vmotionPeer?(cookie: Buffer): void;
  vmotionComplete?(): void;
  vmotionAbort?(): void;
  /** It has ended, whoever ended it. Comes once. */
  closed?(): void;
}

/** One telnet connection of an ESXi host for one serial port, we being its proxy (docs/serial-lines.md). */
export class HostConnection {
  /** Who listens; may be exchanged. */
  listener: HostConnectionListener = {};
  private readonly socket: Socket;
  private readonly decoder = new TelnetDecoder();
  private readonly negotiation = new Negotiation();
  private commands = 0;
  private windowStartedMs = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket
      .setNoDelay(true)
      .setKeepAlive(true, 30_000)
      .on("error", () => socket.destroy())
      .on("end", () => socket.destroy()) // a host that hangs up has no half to listen with
      .on("close", () => this.listener.closed?.())
      .on("drain", () => this.listener.drain?.())
      .on("data", (chunk: Buffer) => this.receive(chunk));
    socket.write(this.negotiation.begin());
  }

  get remoteAddress(): string {
    return this.socket.remoteAddress ?? "";
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  /** Sends bytes to the guest. False: wait for `drain` before the next. */
  write(data: Buffer): boolean {
    return this.socket.write(encodeData(data));
  }

  /** Tells the host something, behind all that was written before. */
  say(command: Buffer): void {
    if (this.socket.destroyed) return;
    // Whoever asks and asks and doesn't read the answers isn't a host.
    if (this.socket.writableLength > MAX_UNREAD) this.socket.destroy();
    else this.socket.write(command);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    let events: TelnetEvent[];
    try {
      events = this.decoder.push(chunk);
    } catch {
      this.socket.destroy();
      return;
    }
    for (const event of events) {
      if (this.socket.destroyed) return;
      if (event.type === "data") this.listener.data?.(event.data);
      else if (this.isFlood()) this.socket.destroy();
      else if (event.type === "option") {
        const answer = this.negotiation.answer(event.verb, event.option);
        if (answer !== undefined) this.say(answer);
      } else if (event.option === VMWARE_TELNET_EXT) this.obey(parseHostCommand(event.payload));
    }
  }

  private isFlood(): boolean {
    const nowMs = performance.now();
    if (nowMs > this.windowStartedMs + COMMANDS_WINDOW_MS) {
      this.windowStartedMs = nowMs;
      this.commands = 0;
    }
    return ++this.commands > MAX_COMMANDS;
  }

  private obey(command: HostCommand): void {
    switch (command.type) {
      case "knownSuboptions":
        this.say(
          Buffer.concat([proxySays.knownSuboptions, proxySays.getVmVcUuid, proxySays.getVmName]),
        );
        return;
      case "doProxy":
        if (OUR_URI.test(command.uri)) return this.say(proxySays.willProxy);
        this.socket.end(proxySays.wontProxy);
        return;
      case "vmVcUuid":
        return this.listener.identified?.(command.uuid);
      case "vmotionBegin":
        return this.listener.vmotionBegin?.(command.sequence);
      case "vmotionPeer":
        return this.listener.vmotionPeer?.(command.cookie);
      case "vmotionComplete":
        return this.listener.vmotionComplete?.();
      case "vmotionAbort":
        return this.listener.vmotionAbort?.();
      case "unknown":
        return this.say(proxySays.unknownSuboption(command.code));
      case "vmName":
      case "refused":
        return;
    }
  }
}
