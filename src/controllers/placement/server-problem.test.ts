import { describe, expect, test } from "vitest";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { isBeingConnected, serverProblem } from "./server-problem.ts";

const server = (conditions: object[] = [], allow: object[] = []): VSphereServer =>
  ({
    metadata: { namespace: "vic-system", name: "dc" },
    spec: { allow },
    status: { conditions },
  }) as unknown as VSphereServer;
const request = {
  serverKey: "vic-system/dc",
  namespace: "vic-system",
  claims: [{ kind: "pool", name: "Compute-1" }],
} as const;

describe("serverProblem", () => {
  test("names a server that doesn't exist", () => {
    expect(serverProblem(undefined, false, request)).toMatchObject({
      reason: "ServerNotFound",
      message: expect.stringContaining("vic-system/dc"),
    });
  });

  test("refuses what isn't allowed before it looks whether the server answers", () => {
    expect(serverProblem(server(), false, { ...request, namespace: "team-a" })).toMatchObject({
      reason: "NotAllowed",
      message: expect.stringContaining('"Compute-1"'),
    });
  });

  test("passes on why the server isn't ready", () => {
    const down = server([
      { type: "Ready", status: "False", reason: "Unreachable", message: "connection refused" },
    ]);
    expect(serverProblem(down, false, request)).toMatchObject({
      reason: "ServerNotReady",
      message: expect.stringContaining("connection refused"),
    });
    expect(serverProblem(server(), false, request)).toMatchObject({ reason: "ServerNotReady" });
  });

  test("is none where the server is connected and allows everything", () => {
    const rules = [{ namespaces: ["team-a"], pools: ["Compute-1"] }];
    expect(
      serverProblem(server([], rules), true, { ...request, namespace: "team-a" }),
    ).toBeUndefined();
  });
});

test("a server is being connected where nothing says that it can't be", () => {
  const ready = (status: string) => server([{ type: "Ready", status, reason: "r", message: "m" }]);
  expect(isBeingConnected(undefined, false)).toBe(false);
  expect(isBeingConnected(ready("False"), false)).toBe(false);
  expect(isBeingConnected(ready("True"), true)).toBe(false);
  expect(isBeingConnected(ready("True"), false)).toBe(true);
  expect(isBeingConnected(server(), false)).toBe(true);
});
