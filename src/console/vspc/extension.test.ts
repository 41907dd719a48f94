import { describe, expect, it } from "vitest";
import { parseHostCommand, parseVmUuid, proxySays } from "./extension.ts";

const uuid = "502a0c11-8f00-4b7a-9d3e-0123456789ab";

describe("VMware's telnet extension", () => {
  it.each([
    ["", "nothing"],
    ["50 2a 0c 11", "too little"],
    ["zz 2a 0c 11 8f 00 4b 7a-9d 3e 01 23 45 67 89 ab", "no hex"],
    [`${uuid}00`, "too much"],
  ])("takes %j for no UUID: %s", (text) => expect(parseVmUuid(text)).toBe(""));

  it.each([
    "50 2a 0c 11 8f 00 4b 7a-9d 3e 01 23 45 67 89 ab",
    "50 2A 0C 11 8F 00 4B 7A-9D 3E 01 23 45 67 89 AB\0",
    uuid,
  ])("reads the UUID %j", (text) => expect(parseVmUuid(text)).toBe(uuid));

  it("takes an empty command, and one that it doesn't know, for unknown", () => {
    expect(parseHostCommand(Buffer.alloc(0))).toEqual({ type: "unknown", code: -1 });
    expect(parseHostCommand(Buffer.from([99, 1]))).toEqual({ type: "unknown", code: 99 });
  });

  it("reads what a host wants of its proxy", () => {
    const payload = Buffer.from("\x46Cvic.dev/abc", "latin1");
    expect(parseHostCommand(payload)).toEqual({
      type: "doProxy",
      direction: "C",
      uri: "vic.dev/abc",
    });
  });

  it("sends a secret with a byte 255 so that it arrives", () => {
    expect([...proxySays.goahead(Buffer.from([1, 255, 2]))]).toEqual([
      255, 250, 232, 41, 1, 255, 255, 2, 255, 240,
    ]);
  });

  it("says the bytes of VMware's document", () => {
    expect([...proxySays.willProxy]).toEqual([255, 250, 232, 71, 255, 240]);
    expect([...proxySays.getVmVcUuid]).toEqual([255, 250, 232, 81, 255, 240]);
    expect([...proxySays.knownSuboptions.subarray(0, 6)]).toEqual([255, 250, 232, 1, 0, 1]);
  });
});
