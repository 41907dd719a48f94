import { encodeSubnegotiation } from "./telnet.ts";

/** VMware's telnet extension for proxies of virtual serial ports (docs/serial-lines.md has the sources). */
export const VMWARE_TELNET_EXT = 232;

const CODES = {
  knownSuboptions1: 0,
  knownSuboptions2: 1,
  unknownSuboption1: 2,
  unknownSuboption2: 3,
  vmotionBegin: 40,
  vmotionGoahead: 41,
  vmotionNotnow: 43,
  vmotionPeer: 44,
  vmotionPeerOk: 45,
  vmotionComplete: 46,
  vmotionAbort: 48,
  doProxy: 70,
  willProxy: 71,
  wontProxy: 73,
  vmVcUuid: 80,
  getVmVcUuid: 81,
  vmName: 82,
  getVmName: 83,
} as const;

/** What a host says. */
export type HostCommand =
  | { readonly type: "knownSuboptions" }
  | { readonly type: "doProxy"; readonly direction: string; readonly uri: string }
  /** `uuid` in the usual spelling; empty where it is none. */
  | { readonly type: "vmVcUuid"; readonly uuid: string }
  | { readonly type: "vmName"; readonly name: string }
  | { readonly type: "vmotionBegin"; readonly sequence: Buffer }
  /** Sequence and secret in one: nobody but who made them knows where one ends. */
  | { readonly type: "vmotionPeer"; readonly cookie: Buffer }
  | { readonly type: "vmotionComplete" }
  | { readonly type: "vmotionAbort" }
  | { readonly type: "refused"; readonly code: number }
  | { readonly type: "unknown"; readonly code: number };

/** Takes the payload of a subnegotiation of option 232 apart. */
export function parseHostCommand(payload: Buffer): HostCommand {
  const code = payload[0] ?? -1;
  const rest = payload.subarray(1);
  switch (code) {
    case CODES.knownSuboptions1:
      return { type: "knownSuboptions" };
    case CODES.doProxy:
      return {
        type: "doProxy",
        direction: rest.toString("latin1", 0, 1),
        uri: rest.toString("utf8", 1),
      };
    case CODES.vmVcUuid:
      return { type: "vmVcUuid", uuid: parseVmUuid(rest.toString("latin1")) };
    case CODES.vmName:
      return { type: "vmName", name: rest.toString("utf8") };
    case CODES.vmotionBegin:
      return { type: "vmotionBegin", sequence: rest };
    case CODES.vmotionPeer:
      return { type: "vmotionPeer", cookie: rest };
    case CODES.vmotionComplete:
      return { type: "vmotionComplete" };
    case CODES.vmotionAbort:
      return { type: "vmotionAbort" };
    case CODES.unknownSuboption1:
      return { type: "refused", code: rest[0] ?? -1 };
    default:
      return { type: "unknown", code };
  }
}

/** A UUID as hosts write it (`50 2a 0c … 11-8f 00 …`), or as everybody does, in the usual spelling; empty where it is neither. */
export function parseVmUuid(text: string): string {
  const hex = text.replaceAll(/[\s\0-]/g, "").toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return "";
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const command = (code: number, ...parameters: Uint8Array[]): Buffer =>
  encodeSubnegotiation(VMWARE_TELNET_EXT, Buffer.concat([Buffer.from([code]), ...parameters]));

/** What the proxy says, as it goes over the wire. */
export const proxySays = {
  knownSuboptions: command(CODES.knownSuboptions2, Buffer.from(Object.values(CODES))),
  getVmVcUuid: command(CODES.getVmVcUuid),
  getVmName: command(CODES.getVmName),
  willProxy: command(CODES.willProxy),
  wontProxy: command(CODES.wontProxy),
  unknownSuboption: (code: number) => command(CODES.unknownSuboption2, Buffer.from([code & 0xff])),
  goahead: (cookie: Buffer) => command(CODES.vmotionGoahead, cookie),
  notnow: (sequence: Buffer) => command(CODES.vmotionNotnow, sequence),
  peerOk: (cookie: Buffer) => command(CODES.vmotionPeerOk, cookie),
} as const;
