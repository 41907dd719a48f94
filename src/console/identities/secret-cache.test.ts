import { describe, expect, it } from "vitest";
import { cachedSecrets } from "./secret-cache.ts";

describe("Secrets that are remembered", () => {
  it("are asked for again where they weren't there, or couldn't be read", async () => {
    const answers = [
      () => Promise.resolve(undefined),
      () => Promise.reject(new Error("away")),
      () => Promise.resolve({ key: Buffer.from("k") }),
    ];
    const read = cachedSecrets(() => answers.shift()!());
    expect(await read("ns", "link")).toBeUndefined();
    await expect(read("ns", "link")).rejects.toThrow("away");
    expect(await read("ns", "link")).toEqual({ key: Buffer.from("k") });
  });

  it("are known on while the API server is away, and read anew when it is back", async () => {
    let answer = () => Promise.resolve({ key: Buffer.from("1") });
    let asked = 0;
    let nowMs = 0;
    const read = cachedSecrets(
      () => {
        asked++;
        return answer();
      },
      () => nowMs,
    );
    await read("ns", "link");
    await read("ns", "link");
    expect(asked).toBe(1);
    nowMs = 60_000;
    answer = () => Promise.reject(new Error("away"));
    expect(await read("ns", "link")).toEqual({ key: Buffer.from("1") });
    expect(asked).toBe(2);
    answer = () => Promise.resolve({ key: Buffer.from("2") });
    expect(await read("ns", "link")).toEqual({ key: Buffer.from("2") });
  });
});
