/** The keys of a VM's configuration file that its guest may read, undone from VMware's escapes (|22 is a quotation mark). */
export function parseGuestInfo(vmx: string): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const [, key = "", value = ""] of vmx.matchAll(/^(guestinfo\.\S+) = "(.*)"$/gm)) {
    keys[key] = value.replaceAll(/\|([\dA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return keys;
}
