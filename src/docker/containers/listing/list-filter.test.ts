import { describe, expect, test } from "vitest";
import { matchesPattern } from "../../filters/pattern.ts";
import { readListFilters } from "./list-filter.ts";
import { parsePorts } from "./port-range.ts";

describe("a filter is refused in dockerd's words:", () => {
  test.each([
    [{ foo: ["bar"] }, "invalid filter 'foo'"],
    [
      { status: ["up"] },
      "invalid filter 'status=up': invalid value for state (up): must be one of created, running, paused, restarting, removing, exited, dead",
    ],
    [
      { health: ["well"] },
      "invalid filter 'health=well': invalid value for health (well): must be one of none, starting, healthy, unhealthy",
    ],
    [{ exited: ["x"] }, `invalid filter 'exited=x': strconv.Atoi: parsing "x": invalid syntax`],
  ])("%j", (filters, message) => {
    expect(() => readListFilters(JSON.stringify(filters))).toThrow(message);
  });

  test("a port that is none", () => {
    for (const text of ["", "x", "80-", "80/tcp/udp-", "999999"]) {
      expect(() => parsePorts("expose", text), text).toThrow("error while looking up for expose");
    }
  });
});

test.each([
  ["80", "80/tcp", true],
  ["80", "80/udp", false],
  ["80/udp", "80/udp", true],
  ["8000-8010", "8005/tcp", true],
  ["8000-8010", "8011/tcp", false],
])("the port filter %s has %s: %s", (text, port, has) => {
  expect(parsePorts("expose", text)(port)).toBe(has);
});

test.each([
  ["web", "my-web-1", true],
  ["^web", "my-web-1", false],
  ["^my.*1$", "my-web-1", true],
  ["web|db", "db", true],
  ["(", "(", true],
  ["(", "a(b", false],
  ["a.c", "abc", true],
])("the pattern %s matches %s: %s", (pattern, text, matches) => {
  expect(matchesPattern(pattern, text)).toBe(matches);
});

test("a pattern that would keep other engines busy for ever takes no time", () => {
  expect(matchesPattern("(a+)+$", `${"a".repeat(250)}!`)).toBe(false);
});
