import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { askRegistry, at, imageError } from "../../test/asked-registry.ts";
import { parseReference } from "./reference.ts";
import { RepositoryClient } from "./registry.ts";

const registry = askRegistry();

describe("a registry that demands a login", () => {
  const demand = (mode: string, more = {}) =>
    registry.lab.order("POST", "login", { mode, username: "ann", password: "s3cret", ...more });

  it.each(["basic", "bearer"])(
    "in the mode %s refuses who has none, and a wrong one",
    async (mode) => {
      await demand(mode);
      const none = await imageError(registry.resolve("busybox"));
      expect([none.code, none.message]).toEqual([
        "RegistryUnauthorized",
        expect.stringContaining("the pull secret has no login for it"),
      ]);
      const wrong = await imageError(
        registry.resolve("busybox", registry.plain(registry.login("hunter2"))),
      );
      expect(wrong.code).toBe("RegistryUnauthorized");
      expect(JSON.stringify([wrong.message, wrong.stack, wrong.cause])).not.toMatch(
        /hunter2|aHVudGVyMg/,
      );
    },
  );

  it.each(["basic", "bearer"])("in the mode %s takes the right one", async (mode) => {
    await demand(mode);
    expect(
      (await registry.resolve("busybox", registry.plain(registry.login("s3cret")))).layers,
    ).toHaveLength(1);
  });

  it("is logged in to once, and again when the token is void", async () => {
    await demand("bearer");
    const client = new RepositoryClient(
      parseReference("busybox"),
      registry.plain(registry.login("s3cret")),
    );
    await client.manifest("latest");
    await client.manifest("latest");
    expect((await registry.requests())["GET /token"]).toBe(1);
    await demand("bearer");
    await client.manifest("latest");
    await client.close();
    expect((await registry.requests())["GET /token"]).toBe(2);
  });

  it("gives tokens to everybody where it serves everybody", async () => {
    await demand("bearer", { anonymous: true });
    expect((await registry.resolve("busybox")).layers).toHaveLength(1);
  });

  it("isn't given the login of the registry that it mirrors", async () => {
    await demand("basic");
    const error = await imageError(
      registry.resolve("busybox", registry.plain(registry.login("s3cret", "docker.io"))),
    );
    expect(error.message).toContain("the pull secret has no login for it");
  });

  it.each<[string, RequestListener]>([
    ["answers no token", (_, answer) => answer.end("{}")],
    ["answers no JSON", (_, answer) => answer.end("s3cret")],
    ["answers without end", (_, answer) => answer.end("x".repeat(100_000))],
    ["fails", (_, answer) => answer.writeHead(500).end()],
    ["is cut off", ({ socket }) => socket.destroy()],
  ])("by a token service that %s is an error that heals", async (_, listener) => {
    const tokens = await registry.serve(listener);
    const host = await registry.serve((_request, answer) =>
      answer.writeHead(401, { "www-authenticate": `Bearer realm="http://${tokens}/"` }).end(),
    );
    const error = await imageError(
      registry.resolve("busybox", at(`http://${host}`, registry.login("s3cret", host))),
    );
    expect(error.code).toMatch(/^(RegistryFailed|RegistryUnreachable|ManifestInvalid)$/);
    expect(error.message).not.toContain("s3cret");
  });
});
