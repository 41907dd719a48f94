import { expect, test } from "vitest";
import { signalName, signalNumber } from "./signals.ts";

test.each([
  "",
  "NOPE",
  "0",
  "65",
  "-1",
  "SIGSIGTERM",
  "RTMIN-1",
  "RTMAX+1",
  "RTMIN+31",
  "toString",
  "1.5",
])("%j is no signal", (text) => {
  expect(signalNumber(text)).toBeUndefined();
});

test.each([
  ["KILL", 9],
  ["SIGKILL", 9],
  ["sigterm", 15],
  ["15", 15],
  ["WINCH", 28],
  ["RTMIN", 34],
  ["SIGRTMIN+3", 37],
  ["RTMAX-1", 63],
  ["64", 64],
])("%s is %d", (text, number) => {
  expect(signalNumber(text)).toBe(number);
});

test("every number has a name that means it", () => {
  for (let number = 1; number <= 64; number += 1) {
    expect(signalNumber(signalName(number)), String(number)).toBe(number);
  }
});
