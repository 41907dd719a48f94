import { expect, test } from "vitest";
import type { VSphere } from "../../vsphere/index.ts";
import { type PooledServer, ServerPool } from "../servers/server-pool.ts";
import { HostRegistry, type LiveHost } from "./host-registry.ts";
import { afterNoAnswer, onHostBack } from "./reconnection.ts";

/** Two servers with a host each, whose connections are as they are told to be. */
function setting() {
  const hosts = new HostRegistry();
  const servers = new ServerPool();
  const states = { one: { connected: true }, two: { connected: true } };
  for (const key of ["one", "two"] as const) {
    const vsphere = {
      get state() {
        return states[key];
      },
      inventory: { onVmChange: () => () => {} },
    } as unknown as VSphere;
    const server = { key, vsphere } as PooledServer;
    servers.put(server);
    hosts.put({ key: `host-${key}`, server } as LiveHost);
  }
  const connect = (key: keyof typeof states, connected: boolean): void => {
    states[key] = { connected };
    servers.changed(key);
  };
  return { hosts, servers, connect };
}

test("a host is back when its server is connected again, though nobody puts it anew; not when it is lost, and no other server's", () => {
  const { hosts, servers, connect } = setting();
  const back: string[] = [];
  const stop = onHostBack({ hosts, servers }, (key) => back.push(key));
  connect("one", false);
  expect(back).toEqual([]);
  connect("one", true);
  expect(back).toEqual(["host-one"]);
  stop();
  connect("one", true);
  expect(back).toEqual(["host-one"]);
});

test("what had no answer waits for the host, and only for a moment where that is back already", () => {
  const { hosts, connect } = setting();
  connect("one", false);
  expect(afterNoAnswer({ hosts }, "host-one")).toEqual({ type: "park", topic: "host:host-one" });
  connect("one", true);
  expect(afterNoAnswer({ hosts }, "host-one").type).toBe("requeueAfter");
});
