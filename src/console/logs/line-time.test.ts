import { describe, expect, test } from "vitest";
import { dockerTime, secondsOf } from "./line-time.ts";

describe("a line's time", () => {
  test.each([
    ["2026-11-22T14:00:00Z", "2026-11-22T14:00:00.000000000Z"],
    ["2026-11-22T14:00:00.1Z", "2026-11-22T14:00:00.100000000Z"],
    ["2026-11-22T14:00:00.123456789Z", "2026-11-22T14:00:00.123456789Z"],
    ["2026-11-22T14:00:00.5+02:30", "2026-11-22T11:30:00.500000000Z"],
    ["2026-13-22T14:00:00.5Z", "2026-13-22T14:00:00.5Z"],
  ])("%s is %s as Docker shows it", (time, shown) => {
    expect(dockerTime(time)).toBe(shown);
  });

  test("compares as whoever asks for it writes it: in seconds with nine digits", () => {
    expect(secondsOf("1970-01-01T00:00:01.000000001Z")).toBe(1.000000001);
    expect(secondsOf("2026-11-22T14:00:00.123456789Z")).toBe(Number("1795356000.123456789"));
    expect(secondsOf("2026-11-22T14:00:00+01:00")).toBe(1795352400);
    expect(secondsOf("2026-13-22T14:00:00Z")).toBeNaN();
  });
});
