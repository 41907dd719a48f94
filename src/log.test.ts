import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLogger } from "./log.ts";

function logged(fields: object): string {
  const stream = new PassThrough();
  createLogger("info", stream).info(fields, "said");
  return String(stream.read());
}

test.each([
  { password: "hunter2" },
  { spec: { password: "hunter2" } },
  { server: { login: { password: "hunter2" } } },
  { headers: { authorization: "hunter2" } },
  { secret: { data: { username: "hunter2" } } },
  { err: Object.assign(new Error("refused"), { token: "hunter2" }) },
])("secrets are redacted: %j", (fields) => {
  const line = logged(fields);
  expect(line).toContain("said");
  expect(line).not.toContain("hunter2");
});

test("a line has a level by name and a time that people can read", () => {
  expect(JSON.parse(logged({ object: "ns/a" }))).toMatchObject({
    level: "info",
    object: "ns/a",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});

test.each(["err", "error"])("an error under %s keeps its message and its fields", (name) => {
  const error = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  expect(JSON.parse(logged({ [name]: error }))).toMatchObject({
    [name]: { message: "refused", code: "ECONNREFUSED" },
  });
  expect(JSON.parse(logged({ [name]: "refused" }))).toMatchObject({ [name]: "refused" });
});
