import { describe, expect, it } from "vitest";
import { parseLabArguments } from "./arguments.ts";
import { isAtLeast } from "./prerequisites.ts";

describe("the lab's arguments", () => {
  it.each([
    [["upp"], /not a command/],
    [["down", "now"], /not a command/],
    [["--gests", "qemu"], /--gests/],
    [["--guests"], /--guests/],
  ])("refuse %j", (args, message) => {
    expect(() => parseLabArguments(args)).toThrow(message);
  });

  it("start everything by default", () => {
    expect(parseLabArguments([])).toEqual({
      command: "up",
      detach: false,
      guests: "qemu",
      only: [],
      assume: [],
      profile: "",
      vcenter: "model",
      consoles: "1",
    });
  });

  it("take switches of assumptions, with numbers", () => {
    expect(parseLabArguments(["--assume", "noTools,lagMs=20"]).assume).toEqual([
      "noTools",
      "lagMs=20",
    ]);
  });

  it("take --only as a list or repeated", () => {
    const only = ["controlplane", "vcenter"];
    expect(parseLabArguments(["--only", "controlplane,vcenter"]).only).toEqual(only);
    expect(parseLabArguments(["--only", "controlplane", "--only", "vcenter"]).only).toEqual(only);
  });
});

describe("a shape of vSphere", () => {
  it("goes with assumptions on vCenter", () => {
    const args = parseLabArguments(["--profile", "esxi", "--assume", "keepParents,sameChildNames"]);
    expect(args).toMatchObject({ profile: "esxi", assume: ["keepParents", "sameChildNames"] });
  });
});

describe("the stock simulator", () => {
  it("boots nothing, so that its guests are simulated", () => {
    const stock = ["--vcenter", "simulator"];
    expect(parseLabArguments(stock)).toMatchObject({ vcenter: "simulator", guests: "simulated" });
  });

  it("isn't asked to boot in silence", () => {
    const stock = ["--vcenter", "simulator", "--guests", "qemu"];
    expect(parseLabArguments(stock)).toMatchObject({ guests: "qemu" });
  });
});

describe("Go's version", () => {
  it.each([
    ["1.25.9", false],
    ["1.26", true],
    ["1.26.8", true],
    ["1.26rc1", true],
    ["1.100", true],
    ["2.0", true],
    ["devel", false],
    ["", false],
  ])("%s is enough for 1.26: %s", (version, enough) => {
    expect(isAtLeast(version, "1.26")).toBe(enough);
  });
});
