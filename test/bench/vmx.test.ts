import { expect, it } from "vitest";
import { parseGuestInfo } from "./vmx.ts";

it("a VM's configuration file gives the guest's keys alone, as the guest reads them", () => {
  const vmx = 'displayName = "a"\nguestinfo.vic.config = "{|22a|22:|22x|7Cy|22}"\nvic.host = "b"\n';
  expect(parseGuestInfo(vmx)).toEqual({ "guestinfo.vic.config": '{"a":"x|y"}' });
});
