import { describe, expect, test } from "vitest";
import { planDeletion, type Remains } from "./deletion-plan.ts";

const nothing: Remains = { containers: [], deletingContainers: [], images: [], deletingImages: [] };
const plan = (policy: "Protect" | "Delete" | "Orphan", remains: Partial<Remains>) =>
  planDeletion(policy, { ...nothing, ...remains });

describe("planDeletion", () => {
  test("Protect waits for a person while containers exist, and names them sorted", () => {
    expect(plan("Protect", { containers: ["a/c2", "a/c1"], images: ["a/i"] })).toMatchObject({
      do: "block",
      message: expect.stringContaining("a/c1, a/c2"),
    });
  });

  test("Protect doesn't wait for a person where the containers are going already: a namespace deleted at once", () => {
    expect(plan("Protect", { deletingContainers: ["a/c1"] }).do).toBe("wait");
  });

  test("Delete deletes containers first, then images, then itself", () => {
    expect(
      plan("Delete", { containers: ["a/c1"], deletingContainers: ["a/c2"], images: ["a/i"] }),
    ).toEqual({ do: "deleteContainers", keys: ["a/c1"] });
    expect(plan("Delete", { deletingContainers: ["a/c2"], images: ["a/i"] }).do).toBe("wait");
    expect(plan("Delete", { images: ["a/i"] }).do).toBe("deleteImages");
    expect(plan("Delete", { deletingImages: ["a/i"] }).do).toBe("wait");
    expect(plan("Delete", {}).do).toBe("cleanUp");
  });

  test("images alone protect nothing: they can be fetched again", () => {
    expect(plan("Protect", { images: ["a/i"] }).do).toBe("deleteImages");
  });

  test("Orphan leaves all as it is", () => {
    expect(plan("Orphan", { containers: ["a/c1"], images: ["a/i"] }).do).toBe("letGo");
  });
});
