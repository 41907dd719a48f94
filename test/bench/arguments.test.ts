import { describe, expect, it } from "vitest";
import { parseBenchArguments, SECTIONS } from "./arguments.ts";

describe("the benchmarks' arguments", () => {
  it.each([
    [["--only", "speed"], /speed: no such benchmark/],
    [["--only", "life,speed"], /speed/],
    [["--pairs", "0"], /--pairs/],
    [["--lives", "many"], /--lives/],
    [["--containers", "-1"], /--containers/],
    [["--idle-seconds", "1.5"], /--idle-seconds/],
    [["now"], /now/],
    [["--slow"], /--slow/],
  ])("refuse %j", (args, message) => {
    expect(() => parseBenchArguments(args)).toThrow(message);
  });

  it("ask for everything, at full size, by default", () => {
    expect(parseBenchArguments([])).toEqual({
      sections: SECTIONS,
      pairs: 5,
      lives: 20,
      containers: 1000,
      idleSeconds: 300,
    });
  });

  it("take the name of a group", () => {
    expect(parseBenchArguments(["docker"]).sections).toEqual([
      "docker-run",
      "docker-streams",
      "docker-engine",
    ]);
  });

  it("take --only as a list or repeated, and keep the order", () => {
    const sections = ["life", "restart"];
    expect(parseBenchArguments(["--only", "restart,life"]).sections).toEqual(sections);
    expect(parseBenchArguments(["--only", "restart", "--only", "life"]).sections).toEqual(sections);
  });
});
