import { describe, expect, test } from "vitest";
import type { Login } from "../../api/vsphere-login.ts";
import {
  InvalidLoginError,
  UnreachableError,
  WrongThumbprintError,
} from "../../vsphere/model/errors.ts";
import { connectionConditions, planConnection, retryDelayMs } from "./plan.ts";

const login: Login = { url: "https://vc.example.com", username: "ops", password: "secret-1" };

describe("planConnection", () => {
  test.each([
    ["nothing stands", undefined, "connect"],
    ["the address differs", { ...login, url: "https://other.example.com" }, "reconnect"],
    ["another certificate was trusted", { ...login, thumbprint: "AA:BB" }, "reconnect"],
    ["other authorities were trusted", { ...login, caBundle: "PEM" }, "reconnect"],
    ["the password was rotated", { ...login, password: "old" }, "replaceCredentials"],
    ["nothing differs", login, "keep"],
  ] as const)("where %s: %s", (_, current, step) => {
    expect(planConnection(current, login)).toBe(step);
  });
});

describe("connectionConditions", () => {
  const summary = (error: Error | undefined) =>
    connectionConditions(error, "vCenter 8").map(
      ({ type, status, reason }) => `${type}=${status} ${reason}`,
    );

  test("an unreachable server says nothing about credentials", () => {
    expect(summary(new UnreachableError("connection refused"))).toEqual([
      "Reachable=False Unreachable",
      "Authenticated=Unknown Unreachable",
    ]);
  });

  test("a wrong thumbprint shows the right one", () => {
    const [reachable] = connectionConditions(new WrongThumbprintError("AA", "BB"), "");
    expect(reachable).toMatchObject({
      status: "False",
      reason: "CertificateRejected",
      message: expect.stringContaining("BB"),
    });
  });

  test("refused credentials leave the server reachable", () => {
    expect(summary(new InvalidLoginError("no"))).toEqual([
      "Reachable=True Available",
      "Authenticated=False CredentialsRejected",
    ]);
  });

  test("both hold on a connected server", () => {
    expect(summary(undefined)).toEqual([
      "Reachable=True Available",
      "Authenticated=True Available",
    ]);
  });
});

test("refused credentials are tried rarely, a server that is away often, never in a loop", () => {
  expect(retryDelayMs(new InvalidLoginError("no"), 1)).toBeGreaterThanOrEqual(60_000);
  expect(
    [1, 2, 3, 50].map((failures) => retryDelayMs(new UnreachableError("x"), failures)),
  ).toEqual([1000, 2000, 4000, 30_000]);
});
