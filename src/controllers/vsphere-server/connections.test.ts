import { pino } from "pino";
import { expect, test } from "vitest";
import { InvalidLoginError } from "../../vsphere/model/errors.ts";
import type { VSphere } from "../../vsphere/index.ts";
import { Connections } from "./connections.ts";

const login = { url: "https://vc.example.com", username: "ops", password: "wrong" };
const { signal } = new AbortController();

/** Connections to a server that refuses everybody, with the passwords that it was asked for. */
function refusing(): { connections: Connections; asked: string[] } {
  const asked: string[] = [];
  const connections = new Connections(
    ({ password }) => {
      asked.push(password);
      return Promise.reject(new InvalidLoginError("the server refused user ops"));
    },
    pino({ level: "silent" }),
    () => {},
  );
  return { connections, asked };
}

test("a login that was refused isn't tried again by every event: vCenter would lock the account", async () => {
  const { connections, asked } = refusing();
  for (let times = 0; times < 6; times++) {
    await expect(connections.ensure("ns/vc", login, signal)).rejects.toThrow(InvalidLoginError);
  }
  expect(asked).toEqual(["wrong"]);
});

test("other credentials are tried at once", async () => {
  const { connections, asked } = refusing();
  await expect(connections.ensure("ns/vc", login, signal)).rejects.toThrow(InvalidLoginError);
  const other = { ...login, password: "corrected" };
  await expect(connections.ensure("ns/vc", other, signal)).rejects.toThrow(InvalidLoginError);
  expect(asked).toEqual(["wrong", "corrected"]);
});

test("each server has refusals of its own", async () => {
  const { connections, asked } = refusing();
  for (const key of ["ns/one", "ns/two"]) {
    await expect(connections.ensure(key, login, signal)).rejects.toThrow(InvalidLoginError);
  }
  expect(asked).toHaveLength(2);
});

test("the former password is given back to a connection that another one was tried on", async () => {
  const given: string[] = [];
  const vsphere = {
    onState: () => () => {},
    replaceCredentials: (_: string, password: string) => {
      given.push(password);
      return password === "wrong"
        ? Promise.reject(new InvalidLoginError("the server refused user ops"))
        : Promise.resolve();
    },
  } as unknown as VSphere;
  const connections = new Connections(
    () => Promise.resolve(vsphere),
    pino({ level: "silent" }),
    () => {},
  );
  const right = { ...login, password: "right" };
  await connections.ensure("ns/vc", right, signal);
  await expect(connections.ensure("ns/vc", login, signal)).rejects.toThrow(InvalidLoginError);
  await expect(connections.ensure("ns/vc", login, signal)).rejects.toThrow(InvalidLoginError);
  await connections.ensure("ns/vc", right, signal);
  await connections.ensure("ns/vc", right, signal);
  expect(given).toEqual(["wrong", "wrong", "right"]);
});
