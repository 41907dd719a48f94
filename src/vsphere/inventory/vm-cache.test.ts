import { describe, expect, test } from "vitest";
import { moref } from "../wsdl/moref.ts";
import { VmCache } from "./vm-cache.ts";
import { vmPaths } from "./vm-record.ts";
import type { ObjectUpdate } from "../wsdl/vim.gen.ts";

const update = (
  kind: ObjectUpdate["kind"],
  id: string,
  props: Record<string, unknown> = {},
): ObjectUpdate => ({
  kind,
  obj: moref("VirtualMachine", id),
  changeSet: Object.entries(props).map(([name, val]) => ({ name, op: "assign" as const, val })),
});
const vm = (id: string) => moref("VirtualMachine", id);
const pool = moref("VirtualApp", "vapp-1");

function filled(): VmCache {
  const cache = new VmCache();
  cache.apply([
    update("enter", "1", { name: "one", "config.instanceUuid": "u1", resourcePool: pool }),
    update("enter", "2", { name: "two", "config.instanceUuid": "u2", parentVApp: pool }),
  ]);
  cache.endEpoch();
  return cache;
}

describe("a VM cache", () => {
  test("ignores changes of VMs that it doesn't know", () => {
    expect(filled().apply([update("modify", "9", { name: "x" }), update("leave", "9")])).toEqual(
      [],
    );
  });

  test("keeps the identity of a VM whose configuration can't be read any more", () => {
    const cache = filled();
    const config = { "config.changeVersion": "1", 'config.extraConfig["k"]': "v" };
    cache.apply([update("modify", "1", config)]);
    const hidden = {
      ...config,
      "config.instanceUuid": undefined,
      "config.changeVersion": undefined,
    };
    cache.apply([
      update("modify", "1", {
        ...hidden,
        'config.extraConfig["k"]': undefined,
        "runtime.connectionState": "inaccessible",
      }),
    ]);
    expect(cache.get(vm("1"))).toMatchObject({
      instanceUuid: "u1",
      connectionState: "inaccessible",
      extraConfig: { k: "v" },
    });
    expect(cache.getByInstanceUuid("u1")?.name).toBe("one");
  });

  test("takes a key that is added as set", () => {
    const cache = filled();
    const added = { name: 'config.extraConfig["k"]', op: "add" as const, val: "v" };
    cache.apply([{ kind: "modify", obj: vm("1"), changeSet: [added] }]);
    expect(cache.get(vm("1"))?.extraConfig).toEqual({ k: "v" });
  });

  test("tells only what differs, by field", () => {
    const cache = filled();
    const [change, ...others] = cache.apply([
      update("modify", "1", { name: "uno", "config.instanceUuid": "u1" }),
    ]);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ kind: "modify", vm: { name: "uno", instanceUuid: "u1" } });
    expect([...change!.changed]).toEqual(["name"]);
    expect(cache.apply([update("modify", "1", { name: "uno" })])).toEqual([]);
  });

  test("takes a repeated enter as the whole truth, and tells only the difference", () => {
    const cache = filled();
    expect(
      cache.apply([
        update("enter", "1", { name: "one", "config.instanceUuid": "u1", resourcePool: pool }),
      ]),
    ).toEqual([]);
    const [change] = cache.apply([update("enter", "1", { name: "one" })]);
    expect([...change!.changed].toSorted()).toEqual(["instanceUuid", "resourcePool"]);
    expect(cache.getByInstanceUuid("u1")).toBeUndefined();
  });

  test("keeps extraConfig keys, given as OptionValue or bare, and drops removed ones", () => {
    const cache = filled();
    const path = 'config.extraConfig["guestinfo.vic.report"]';
    const option = { _typeName: "OptionValue", key: "guestinfo.vic.report", value: "{}" };
    cache.apply([update("modify", "1", { [path]: option })]);
    expect(cache.get(vm("1"))!.extraConfig).toEqual({ "guestinfo.vic.report": "{}" });
    const [change] = cache.apply([update("modify", "1", { [path]: '{"run":1}' })]);
    expect([...change!.changed]).toEqual(["extraConfig.guestinfo.vic.report"]);
    cache.apply([{ ...update("modify", "1"), changeSet: [{ name: path, op: "remove" }] }]);
    expect(cache.get(vm("1"))!.extraConfig).toEqual({});
  });

  test("forgets a value that is assigned nothing", () => {
    const cache = filled();
    cache.apply([update("modify", "1", { "guest.ipAddress": "10.0.0.1" })]);
    cache.apply([
      { ...update("modify", "1"), changeSet: [{ name: "guest.ipAddress", op: "assign" }] },
    ]);
    expect(cache.get(vm("1"))).not.toHaveProperty("ipAddress");
  });

  test("finds VMs by container, whether it is named as pool or as vApp", () => {
    expect(
      filled()
        .list(pool)
        .map(({ name }) => name),
    ).toEqual(["one", "two"]);
    expect(filled().list(moref("VirtualApp", "other"))).toEqual([]);
  });

  test("finds members by a value of extraConfig, as long as they have it", () => {
    const cache = filled();
    const path = 'config.extraConfig["k"]';
    const found = (value: string) =>
      cache.listByExtraConfig("k", value, pool).map(({ name }) => name);
    cache.apply([update("modify", "1", { [path]: "v" })]);
    expect(found("v")).toEqual(["one"]);
    cache.apply([
      update("modify", "2", { [path]: "v" }),
      update("enter", "3", { name: "stranger", [path]: "v" }),
    ]);
    expect(found("v")).toEqual(["one", "two"]);
    cache.apply([update("modify", "1", { [path]: "w" }), update("leave", "2")]);
    expect(found("v")).toEqual([]);
    expect(found("w")).toEqual(["one"]);
  });

  test("finds the member of an instance UUID, though a stranger has the same and is newer", () => {
    const cache = filled();
    cache.apply([update("enter", "3", { "config.instanceUuid": "u1" })]);
    expect(cache.getByInstanceUuid("u1", pool)?.name).toBe("one");
    cache.apply([update("leave", "3")]);
    expect(cache.getByInstanceUuid("u1")?.name).toBe("one");
  });

  test("lets an older VM's leaving not take away the UUID of the one that has it now", () => {
    const cache = filled();
    cache.apply([update("enter", "3", { "config.instanceUuid": "u1" }), update("leave", "1")]);
    expect(cache.getByInstanceUuid("u1")?.ref).toEqual(vm("3"));
  });
});

describe("after an epoch without it, a VM", () => {
  test("has left, and one that came meanwhile entered", () => {
    const cache = filled();
    cache.beginEpoch();
    const during = cache.apply([
      update("enter", "2", { name: "zwei", "config.instanceUuid": "u2", parentVApp: pool }),
      update("enter", "3", { name: "three" }),
    ]);
    expect(during.map(({ kind, ref }) => [kind, ref.value])).toEqual([
      ["modify", "2"],
      ["enter", "3"],
    ]);
    expect(cache.endEpoch().map(({ kind, ref }) => [kind, ref.value])).toEqual([["leave", "1"]]);
    expect(cache.list().map(({ ref }) => ref.value)).toEqual(["2", "3"]);
  });
});

test("the watched paths are scalars and one keyed path per extraConfig key", () => {
  expect(vmPaths(["vic.container.id"])).toContain('config.extraConfig["vic.container.id"]');
  expect(vmPaths([])).not.toContain("config.hardware.device");
});

test("of the whole extraConfig, which a server without keyed paths tells, only the wanted keys are kept", () => {
  const option = (key: string, value: string) => ({ key, value });
  const path = "config.extraConfig";
  expect(vmPaths(["a"], false)).toContain(path);
  expect(vmPaths([], false)).not.toContain(path);
  const cache = new VmCache(["a", "b"]);
  cache.apply([update("enter", "1", { [path]: [option("a", "1"), option("c", "3")] })]);
  expect(cache.get(vm("1"))?.extraConfig).toEqual({ a: "1" });
  const changes = cache.apply([update("modify", "1", { [path]: [option("b", "2")] })]);
  expect(cache.get(vm("1"))?.extraConfig).toEqual({ b: "2" });
  expect(changes[0]?.changed).toEqual(new Set(["extraConfig.a", "extraConfig.b"]));
  // What else changes isn't ours.
  expect(cache.apply([update("modify", "1", { [path]: [option("b", "2")] })])).toEqual([]);
});
