import { describe, expect, it } from "vitest";
import { askRegistry, at, imageError, strictly } from "../../test/asked-registry.ts";
import type { ImageErrorCode } from "./errors.ts";
import { parseReference } from "./reference.ts";
import { RepositoryClient } from "./registry.ts";

const registry = askRegistry();

describe("a registry over TLS", () => {
  const show = (certificate: string) => registry.lab.order("POST", "certificate", { certificate });

  it("is refused where nobody vouches for its certificate", async () => {
    const { code, message } = await imageError(
      registry.resolve("busybox", strictly(registry.lab.https)),
    );
    expect([code, message]).toEqual([
      "RegistryUntrusted",
      expect.stringContaining("registries.caSecretRef"),
    ]);
  });

  it("serves whoever has its CA or calls it insecure", async () => {
    const trusting = strictly(registry.lab.https, { ca: registry.lab.ca });
    expect((await registry.resolve("busybox", trusting)).layers).toHaveLength(1);
    await show("untrusted");
    expect((await registry.resolve("busybox", at(registry.lab.https))).layers).toHaveLength(1);
  });

  it.each(["wrong-host", "expired", "untrusted"])(
    "is refused for a certificate that is %s",
    async (kind) => {
      await show(kind);
      const trusting = strictly(registry.lab.https, { ca: registry.lab.ca });
      expect((await imageError(registry.resolve("busybox", trusting))).code).toBe(
        "RegistryUntrusted",
      );
    },
  );

  it("that doesn't speak TLS is told from one that is down", async () => {
    const { code, message } = await imageError(
      registry.resolve("busybox", strictly(registry.lab.http)),
    );
    expect([code, message]).toEqual([
      "RegistryUnreachable",
      expect.stringContaining("doesn't speak TLS"),
    ]);
  });

  it("isn't asked in the clear once it has answered", async () => {
    await imageError(registry.resolve("nosuch", at(registry.lab.https)));
    expect((await registry.requests())["GET /v2/library/nosuch/manifests/latest"]).toBe(1);
  });
});

describe("mirrors", () => {
  it("are asked in order, the registry itself never", async () => {
    const empty = await registry.serve((_, answer) => answer.writeHead(404).end());
    const mirrors = [empty, registry.lab.http].map((host) => ({
      registry: "docker.io",
      endpoint: host,
    }));
    expect((await registry.resolve("busybox", { mirrors })).layers).toHaveLength(1);
    expect((await imageError(registry.resolve("nosuch", { mirrors }))).message).toContain(
      registry.lab.http,
    );
  });

  it("that are down give way to the next", async () => {
    const mirrors = ["http://127.0.0.1:1", `http://${registry.lab.http}`].map((endpoint) => ({
      registry: "docker.io",
      endpoint,
    }));
    expect((await registry.resolve("busybox", { mirrors })).layers).toHaveLength(1);
  });
});

describe("a registry in trouble", () => {
  it("is asked again after the time it names, and then it is its answer", async () => {
    await registry.fault({ path: "/manifests/", status: 429, retryAfter: "0", times: 2 });
    expect((await registry.resolve("busybox")).layers).toHaveLength(1);
    await registry.fault({ path: "/manifests/", status: 503, retryAfter: "0" });
    expect((await imageError(registry.resolve("busybox"))).code).toBe("RegistryFailed");
  });

  it("isn't waited for longer than is bearable", async () => {
    await registry.fault({ path: "/manifests/", status: 429, retryAfter: "86400" });
    const { code, message } = await imageError(registry.resolve("busybox"));
    expect([code, message]).toEqual(["RegistryFailed", expect.stringContaining("TOOMANYREQUESTS")]);
    expect((await registry.requests())["GET /v2/library/busybox/manifests/latest"]).toBe(1);
  });

  it.each([500, 502, 504])("that answers %d has failed", async (status) => {
    await registry.fault({ path: ".", status });
    const { code, message } = await imageError(registry.resolve("busybox"));
    expect([code, message]).toEqual([
      "RegistryFailed",
      expect.stringContaining(`answered ${status} for docker.io/library/busybox:latest`),
    ]);
  });

  it.each<[string, ImageErrorCode, object]>([
    ["closes connections", "RegistryUnreachable", { path: ".", close: true }],
    ["cuts manifests off", "RegistryUnreachable", { path: "/manifests/", cutAfterBytes: 20 }],
    ["cuts configs off", "RegistryUnreachable", { path: "/blobs/", cutAfterBytes: 20 }],
    ["spoils manifests by digest", "DigestMismatch", { path: "/manifests/sha256:", corrupt: true }],
    ["spoils configs", "DigestMismatch", { path: "/blobs/", corrupt: true }],
  ])("that %s is %s", async (_, code, order) => {
    await registry.fault(order);
    expect((await imageError(registry.resolve("busybox"))).code).toBe(code);
    await registry.heal();
    expect((await registry.resolve("busybox")).layers).toHaveLength(1);
  });

  it("that sends a manifest without end isn't listened to", async () => {
    const chunk = Buffer.alloc(1 << 20, 0x20);
    let sent = 0;
    const host = await registry.serve((_, answer) => {
      const more = () => {
        while (!answer.destroyed && sent < 1 << 30) {
          sent += chunk.length;
          if (!answer.write(chunk)) return void answer.once("drain", more);
        }
      };
      more();
    });
    const { code } = await imageError(registry.resolve("busybox", at(`http://${host}`)));
    expect(code).toBe("ManifestInvalid");
    expect(sent).toBeLessThan(100 << 20);
  });

  it.each(["manifests", "blobs"])(
    "is left alone at once when the signal aborts, at %s",
    async (path) => {
      await registry.fault({ path: `/${path}/`, delayMs: 600_000 });
      const stopping = new AbortController();
      const resolving = registry.resolve("busybox", registry.plain(), stopping.signal);
      await expect
        .poll(async () => Object.keys(await registry.requests()).join())
        .toContain(`/library/busybox/${path}/`);
      stopping.abort(new Error("the process stops"));
      await expect(resolving).rejects.toThrow("the process stops");
    },
  );

  it("is left alone when the signal aborts while it is waited for", async () => {
    await registry.fault({ path: ".", status: 429, retryAfter: "15" });
    const stopping = new AbortController();
    const resolving = registry.resolve("busybox", registry.plain(), stopping.signal);
    await expect.poll(async () => Object.keys(await registry.requests()).length).toBe(1);
    stopping.abort(new Error("the process stops"));
    await expect(resolving).rejects.toThrow("the process stops");
  });
});

describe("a redirect", () => {
  it("to another host takes no credentials along", async () => {
    await registry.lab.order("POST", "login", {
      mode: "basic",
      username: "ann",
      password: "s3cret",
    });
    const authorizations: unknown[] = [];
    const elsewhere = await registry.serve(({ headers, url }, answer) => {
      authorizations.push(headers.authorization);
      void fetch(`http://${registry.lab.http}${url}`, {
        headers: { authorization: `Basic ${Buffer.from("ann:s3cret").toString("base64")}` },
      })
        .then((got) => got.arrayBuffer())
        .then((bytes) => answer.end(Buffer.from(bytes)));
    });
    await registry.fault({ path: "/blobs/", redirect: `http://${elsewhere}`, times: 1 });
    expect(
      (await registry.resolve("busybox", registry.plain(registry.login("s3cret")))).layers,
    ).toHaveLength(1);
    expect(authorizations).toEqual([undefined]);
  });

  it.each([
    ["in a circle", () => `http://${registry.lab.http}`],
    ["to nowhere", () => "http://["],
    ["to a file", () => "file:///etc/passwd#"],
  ])("%s is a failure of the registry", async (_, target) => {
    await registry.fault({ path: ".", redirect: target() });
    expect((await imageError(registry.resolve("busybox"))).code).toBe("RegistryFailed");
  });
});

describe("a layer", () => {
  async function read(order: object | undefined, more = 0): Promise<number> {
    const [first] = (await registry.resolve("busybox")).layers;
    if (first === undefined) throw new Error("busybox has a layer");
    if (order !== undefined) await registry.fault(order);
    const client = new RepositoryClient(parseReference("busybox"), registry.plain());
    let bytes = 0;
    try {
      for await (const chunk of client.layer({ ...first, size: first.size + more }))
        bytes += chunk.length;
    } finally {
      await client.close();
    }
    return bytes - first.size;
  }

  it("is streamed as it is", async () => expect(await read(undefined)).toBe(0));

  it("that is cut off is no raw error of a socket", async () => {
    const { code, message } = await imageError(read({ path: "/blobs/", cutAfterBytes: 5000 }));
    expect([code, message]).toEqual(["RegistryUnreachable", expect.stringContaining("cut layer")]);
  });

  it.each([1, -1])(
    "that is longer or shorter by %d byte than its manifest says is refused",
    async (more) => {
      expect((await imageError(read(undefined, more))).code).toBe("DigestMismatch");
    },
  );

  it("that the registry hasn't got is named", async () => {
    const image = await registry.resolve("broken/missing");
    const client = new RepositoryClient(parseReference("broken/missing"), registry.plain());
    const all = Promise.all(
      image.layers.map(async (each) => {
        for await (const _chunk of client.layer(each));
      }),
    );
    const { code, message } = await imageError(all);
    await client.close();
    expect([code, message]).toEqual([
      "ImageNotFound",
      expect.stringContaining("a part of the image isn't there"),
    ]);
  });
});
