import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bridgeSubnet,
  formatAddress,
  formatSubnet,
  freeMacAddress,
  lowestFreeAddress,
  macAddress,
  parseAddress,
  parseSubnet,
} from "./addresses.ts";

describe("parseSubnet", () => {
  test.each([
    "",
    "172.16.0.0",
    "172.16.0/12",
    "172.16.0.256/12",
    "172.16.0.0/33",
    "172.16.0.0/-1",
    "a.b.c.d/8",
  ])("refuses %j", (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });

  test("clears host bits", () => {
    expect(formatSubnet(parseSubnet("172.17.3.4/12")!)).toBe("172.16.0.0/12");
    expect(formatSubnet(parseSubnet("203.0.113.9/32")!)).toBe("203.0.113.9/32");
  });
});

test("addresses are read back as written", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      (n) => parseAddress(formatAddress(n)) === n,
    ),
  );
});

describe("lowestFreeAddress", () => {
  const bridge = bridgeSubnet(parseSubnet("172.16.0.0/12")!);

  test("has nothing to give in a full or tiny network", () => {
    expect(
      lowestFreeAddress(parseSubnet("10.0.0.0/30")!, new Set([parseAddress("10.0.0.2")!])),
    ).toBeUndefined();
    expect(lowestFreeAddress(parseSubnet("10.0.0.0/31")!, new Set())).toBeUndefined();
    expect(lowestFreeAddress(parseSubnet("10.0.0.0/32")!, new Set())).toBeUndefined();
  });

  test("leaves the gateway's and fills gaps", () => {
    expect(formatSubnet(bridge)).toBe("172.16.0.0/16");
    const used = new Set(["172.16.0.2", "172.16.0.4"].map((text) => parseAddress(text)!));
    expect(formatAddress(lowestFreeAddress(bridge, used)!)).toBe("172.16.0.3");
  });

  test("works above 128.0.0.0", () => {
    expect(formatAddress(lowestFreeAddress(parseSubnet("192.168.0.0/24")!, new Set())!)).toBe(
      "192.168.0.2",
    );
  });
});

describe("MAC addresses", () => {
  test("stay in the administrators' range, for any id", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(9), (id, nic) =>
        /^00:50:56:[0-3][0-9a-f]:[0-9a-f]{2}:[0-9a-f]{2}$/.test(macAddress(id, nic)),
      ),
    );
  });

  test("avoid one in use, and are the same when asked again", () => {
    const first = macAddress("c1", 0);
    const second = freeMacAddress("c1", 0, new Set([first]));
    expect(second).not.toBe(first);
    expect(freeMacAddress("c1", 0, new Set([first]))).toBe(second);
  });
});
