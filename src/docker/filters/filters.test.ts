import { describe, expect, test } from "vitest";
import { Filters } from "./filters.ts";
import { parseMoment } from "./moment.ts";

const KEYS = ["label", "label!", "status", "dangling"];
const parse = (value: unknown): Filters =>
  Filters.parse(typeof value === "string" ? value : JSON.stringify(value), KEYS);

describe("what is refused", () => {
  test.each([
    ["nojson", "invalid filter"],
    ["[]", "invalid filter"],
    ["5", "invalid filter"],
    ['{"status": "running"}', "invalid filter"],
    ['{"status": [5]}', "invalid filter"],
    ['{"status": {"running": "yes"}}', "invalid filter"],
    ['{"foo": ["x"]}', "invalid filter 'foo'"],
    ['{"__proto__": ["x"]}', "invalid filter '__proto__'"],
  ])("%s", (text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ status: 400, message }));
  });

  test.each([[["x"]], [["true", "false"]], [["1", "0"]]])("%j is neither yes nor no", (values) => {
    expect(() => parse({ dangling: values }).flag("dangling")).toThrow(
      `invalid filter 'dangling=[${values.join(" ")}]'`,
    );
  });
});

test.each([
  ["as clients write it", { status: { a: true, b: true, c: false } }],
  ["as old ones and docker-py do", { status: ["a", "b"] }],
])("values are read %s", (_, value) => {
  const filters = parse(value);
  expect(filters.all("status")).toEqual(["a", "b"]);
  expect(filters.any("status", (wanted) => wanted === "b")).toBe(true);
  expect(filters.any("status", (wanted) => wanted === "c")).toBe(false);
});

test.each(["", "null", "{}", '{"status": null}', '{"status": []}'])("%j is no filter", (text) => {
  expect(parse(text).any("status", () => false)).toBe(true);
  expect(parse(text).flag("dangling")).toBeUndefined();
});

test.each([
  [{ label: ["a"] }, true],
  [{ label: ["a=1"] }, true],
  [{ label: ["a=2"] }, false],
  [{ label: ["a", "b"] }, true],
  [{ label: ["a", "c"] }, false],
  [{ label: ["b=x=y"] }, true],
  [{ label: ["constructor"] }, false],
  [{ "label!": ["a"] }, false],
  [{ "label!": ["a=2", "c"] }, true],
])("labels a=1 and b=x=y match %j: %s", (value, matches) => {
  expect(parse(value).matchesLabels({ a: "1", b: "x=y" })).toBe(matches);
});

describe("a moment", () => {
  const now = new Date("2026-01-01T12:00:00Z");

  test.each(["", "x", "10", "10 m", "1h30", "2026-13-01", "2026-01-01T25:00", "99999999999999"])(
    "isn't %j, unless it is a number of seconds",
    (text) => {
      if (text === "10") expect(parseMoment(text, now)).toBe(10_000);
      else
        expect(() => parseMoment(text, now)).toThrow("failed to parse value as time or duration");
    },
  );

  test.each([
    ["1700000000.5", 1_700_000_000_500],
    ["-5", -5_000],
    ["1h30m", now.getTime() - 5_400_000],
    ["500ms", now.getTime() - 500],
    ["1.5s", now.getTime() - 1_500],
    ["2026-01-01", Date.UTC(2026, 0, 1)],
    ["2026-01-01T10", Date.UTC(2026, 0, 1, 10)],
    ["2026-01-01T10:20", Date.UTC(2026, 0, 1, 10, 20)],
    ["2026-01-01T10:20:30.25", Date.UTC(2026, 0, 1, 10, 20, 30, 250)],
    ["2026-01-01T10:20:30+02:00", Date.UTC(2026, 0, 1, 8, 20, 30)],
  ])("%s", (text, ms) => {
    expect(parseMoment(text, now)).toBe(ms);
  });
});
