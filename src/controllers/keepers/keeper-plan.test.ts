import { describe, expect, test } from "vitest";
import { KEEPER_DISKS, type ObservedKeeper, planKeepers } from "./keeper-plan.ts";

const keeper = (number: number, chainIds: readonly (string | undefined)[]): ObservedKeeper => ({
  number,
  isOff: true,
  kept: chainIds.map((chainId, index) => ({ key: 2000 + index, chainId })),
});
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);

describe("planKeepers", () => {
  test("without images there is no keeper", () => {
    expect(planKeepers([], [])).toEqual([]);
    expect(planKeepers([], [keeper(1, ["a"]), keeper(2, [])])).toEqual([
      { do: "remove", number: 1 },
      { do: "remove", number: 2 },
    ]);
  });

  test("nothing is done where each disk has its child", () => {
    expect(planKeepers(["a", "b"], [keeper(1, ["b", "a"])])).toEqual([]);
  });

  test("a keeper that runs is powered off, unless it goes", () => {
    const runs = { ...keeper(1, ["a"]), isOff: false };
    expect(planKeepers(["a"], [runs])).toEqual([{ do: "powerOff", number: 1 }]);
    expect(planKeepers([], [runs])).toEqual([{ do: "remove", number: 1 }]);
  });

  test("disks that aren't ours, or twice there, are taken off", () => {
    const [step] = planKeepers(["a"], [keeper(1, ["a", undefined, "a", "old"])]);
    expect(step).toEqual({
      do: "change",
      number: 1,
      add: [],
      drop: [
        { key: 2001, chainId: undefined },
        { key: 2002, chainId: "a" },
        { key: 2003, chainId: "old" },
      ],
    });
  });

  test("what one keeper can't hold the next one does, gaps first", () => {
    const wanted = many(KEEPER_DISKS * 2 + 1);
    const steps = planKeepers(wanted, []);
    expect(steps.map((step) => [step.do, step.number])).toEqual([
      ["create", 1],
      ["create", 2],
      ["create", 3],
    ]);
    const full = keeper(2, wanted.slice(0, KEEPER_DISKS));
    expect(planKeepers(wanted.slice(0, KEEPER_DISKS + 1), [full])).toEqual([
      { do: "create", number: 1, chainIds: [`c${KEEPER_DISKS}`] },
    ]);
    const room = keeper(1, wanted.slice(0, KEEPER_DISKS - 1));
    expect(planKeepers(wanted.slice(0, KEEPER_DISKS + 1), [room])).toEqual([
      { do: "change", number: 1, add: [`c${KEEPER_DISKS - 1}`], drop: [] },
      { do: "create", number: 2, chainIds: [`c${KEEPER_DISKS}`] },
    ]);
  });
});
