import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { startFaultProxy, type Fault, type FaultProxy } from "../../test/fault-proxy.ts";
import type { KubeClient } from "./client.ts";
import { configMapKind, namespaceKind, type ConfigMap } from "./core-kinds.ts";
import { ApiError, isAlreadyExists, isConflict, isInvalid, TransportError } from "./errors.ts";
import { createKubeClient } from "./http-client.ts";

let proxy: FaultProxy;
let client: KubeClient;
const namespace = `client-${randomUUID().slice(0, 8)}`;
const fieldManager = "test";

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  client = createKubeClient(proxy.access);
  await client.create(namespaceKind, { metadata: { name: namespace } });
});

afterEach(() => {
  proxy.decide = undefined;
});

afterAll(async () => {
  await client.delete(namespaceKind, { name: namespace });
  await client.close();
  await proxy.close();
});

const named = (name: string): { name: string; namespace: string } => ({ name, namespace });
const make = (name: string, data: Record<string, string> = {}): Promise<ConfigMap> =>
  client.create(configMapKind, { metadata: named(name), data });

/** Answers the first `times` requests with a fault. */
function failFirst(times: number, fault: Fault): void {
  let left = times;
  proxy.decide = () => (left-- > 0 ? fault : undefined);
}

describe("refusals", () => {
  test("carry the server's code, reason and words", async () => {
    const error = await client.get(configMapKind, named("nobody")).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 404, reason: "NotFound" });
    expect((error as Error).message).toContain('configmaps "nobody" not found');
  });

  test("tell an object that exists, one that is invalid and a lost race apart", async () => {
    const first = await make("taken");
    expect(isAlreadyExists(await make("taken").catch((e: unknown) => e))).toBe(true);
    expect(isInvalid(await make("Not A Name").catch((e: unknown) => e))).toBe(true);
    await client.apply(configMapKind, { metadata: named("taken") }, { fieldManager });
    const patch = {
      metadata: { resourceVersion: first.metadata?.resourceVersion },
      data: { a: "1" },
    };
    await client.patch(configMapKind, named("taken"), {
      type: "merge",
      patch: { data: { b: "1" } },
    });
    const lost = await client
      .patch(configMapKind, named("taken"), { type: "merge", patch })
      .catch((e: unknown) => e);
    expect(isConflict(lost)).toBe(true);
  });

  test("to delete come when a precondition doesn't hold", async () => {
    await make("kept");
    const refused = await client
      .delete(configMapKind, named("kept"), { uid: randomUUID() })
      .catch((e: unknown) => e);
    expect(isConflict(refused)).toBe(true);
    expect((await client.get(configMapKind, named("kept"))).metadata?.name).toBe("kept");
  });
});

describe("server-side apply", () => {
  test("removes what this manager no longer names and keeps what others own", async () => {
    const metadata = named("applied");
    await client.apply(configMapKind, { metadata, data: { a: "1", b: "2" } }, { fieldManager });
    await client.apply(configMapKind, { metadata, data: { c: "3" } }, { fieldManager: "other" });
    const applied = await client.apply(
      configMapKind,
      { metadata, data: { a: "1" } },
      { fieldManager },
    );
    expect(applied.data).toEqual({ a: "1", c: "3" });
  });

  test("without force doesn't take a field from its owner", async () => {
    const metadata = named("owned");
    await client.apply(configMapKind, { metadata, data: { a: "1" } }, { fieldManager });
    const body = { metadata, data: { a: "2" } };
    const refused = await client
      .apply(configMapKind, body, { fieldManager: "other", force: false })
      .catch((e: unknown) => e);
    expect(isConflict(refused)).toBe(true);
  });
});

test("a JSON patch whose test fails changes nothing", async () => {
  await make("patched", { a: "1" });
  const patch = [
    { op: "test", path: "/data/a", value: "other" },
    { op: "replace", path: "/data/a", value: "2" },
  ] as const;
  await expect(
    client.patch(configMapKind, named("patched"), { type: "json", patch }),
  ).rejects.toBeInstanceOf(ApiError);
  expect((await client.get(configMapKind, named("patched"))).data).toEqual({ a: "1" });
});

test("lists go page by page, and items say what they are", async () => {
  await Promise.all(["page-a", "page-b", "page-c"].map((name) => make(name)));
  const names: (string | undefined)[] = [];
  let continueToken: string | undefined;
  do {
    const page = await client.list(configMapKind, { namespace, limit: 1, continueToken });
    expect(page.items).toHaveLength(1);
    expect(page.items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    names.push(page.items[0]?.metadata?.name);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  expect(names).toEqual(expect.arrayContaining(["page-a", "page-b", "page-c"]));
});

describe("when the way to the server is bad", () => {
  const throttled: Fault = {
    type: "answer",
    code: 429,
    headers: { "retry-after": "0" },
    body: JSON.stringify({ kind: "Status", code: 429, reason: "TooManyRequests" }),
  };

  test("writes that the server throttled are sent again", async () => {
    failFirst(2, throttled);
    await expect(make("throttled")).resolves.toMatchObject({ metadata: { name: "throttled" } });
  });

  test("reads are sent again after a reset, writes are not", async () => {
    await make("reset");
    failFirst(1, { type: "reset" });
    await expect(client.get(configMapKind, named("reset"))).resolves.toBeDefined();
    failFirst(1, { type: "reset" });
    await expect(make("lost")).rejects.toBeInstanceOf(TransportError);
  });

  test("a call without an answer ends at its timeout", async () => {
    proxy.decide = () => ({ type: "hang" });
    const call = client.get(configMapKind, named("any"), { timeoutMs: 50 });
    await expect(call).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  test("an aborted call ends with the signal's reason", async () => {
    proxy.decide = () => ({ type: "hang" });
    const abort = new AbortController();
    const call = client.get(configMapKind, named("any"), { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
  });

  test("an error that isn't a Status still becomes an ApiError", async () => {
    failFirst(1, { type: "answer", code: 502, body: "<html>bad gateway</html>" });
    await expect(client.get(configMapKind, named("any"))).rejects.toMatchObject({ code: 502 });
  });
});

test("calls one after another share one connection", async () => {
  const before = proxy.connections();
  for (let call = 0; call < 20; call += 1)
    await client.list(configMapKind, { namespace, limit: 1 });
  expect(proxy.connections() - before).toBeLessThanOrEqual(1);
});

test("a token that was rotated is read anew after a 401", async () => {
  let token = "old";
  const access = {
    ...proxy.access,
    authorization: {
      header: () => Promise.resolve(`Bearer ${token}`),
      invalidate: () => {
        token = "new";
      },
    },
  };
  proxy.decide = ({ authorization }) =>
    authorization === "Bearer old"
      ? { type: "answer", code: 401, body: JSON.stringify({ reason: "Unauthorized" }) }
      : undefined;
  const rotating = createKubeClient(access);
  await expect(rotating.list(configMapKind, { namespace, limit: 1 })).resolves.toBeDefined();
  await rotating.close();
});
