import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { askRegistry, imageError } from "../../test/asked-registry.ts";
import type { ImageErrorCode } from "./errors.ts";

const registry = askRegistry();

const sha256 = (bytes: string | Buffer) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Pushes a manifest to the lab's registry, with its config. Returns the reference. */
async function push(config: unknown, layers: unknown[] = [], more: object = {}): Promise<string> {
  const name = `made/${randomBytes(6).toString("hex")}`;
  const bytes = typeof config === "string" ? config : JSON.stringify(config);
  const digest = sha256(bytes);
  const base = `http://${registry.lab.http}/v2/${name}`;
  const blob = await fetch(`${base}/blobs/uploads/?digest=${digest}`, {
    method: "POST",
    body: bytes,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: bytes.length },
    layers,
    ...more,
  };
  const put = await fetch(`${base}/manifests/latest`, {
    method: "PUT",
    headers: { "content-type": manifest.mediaType },
    body: JSON.stringify(manifest),
  });
  expect([blob.status, put.status]).toEqual([201, 201]);
  return name;
}

const diffId = sha256("a tar");
const rootfs = { type: "layers", diff_ids: [diffId] };
const layer = {
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: sha256("a blob"),
  size: 5 * 2 ** 30,
};

describe("an image that can't be had", () => {
  it.each<[string, ImageErrorCode, string]>([
    ["nosuch", "ImageNotFound", "image docker.io/library/nosuch:latest not found"],
    ["busybox:nosuch", "ImageNotFound", "busybox:nosuch not found"],
    ["broken/platform", "UnsupportedImage", "has no variant for linux/amd64; it has "],
    [`busybox@sha256:${"0".repeat(64)}`, "ImageNotFound", "not found"],
  ])("%s is %s", async (image, code, message) => {
    const error = await imageError(registry.resolve(image));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  it.each<[string, ImageErrorCode, () => Promise<string>]>([
    ["no rootfs", "ManifestInvalid", () => push({ os: "linux" })],
    ["a config that is no JSON", "ManifestInvalid", () => push("{")],
    ["a config that is null", "ManifestInvalid", () => push("null")],
    ["fewer layers than its config", "ManifestInvalid", () => push({ rootfs }, [])],
    ["more layers than its config", "ManifestInvalid", () => push({ rootfs }, [layer, layer])],
    [
      "a layer without a size that numbers hold",
      "ManifestInvalid",
      () => push({ rootfs }, [{ ...layer, size: 2 ** 60 }]),
    ],
    [
      "a layer that stays with its vendor",
      "UnsupportedImage",
      () =>
        push({ rootfs }, [
          { ...layer, mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" },
        ]),
    ],
    ["another system", "UnsupportedImage", () => push({ os: "windows", rootfs }, [layer])],
    [
      "another processor",
      "UnsupportedImage",
      () => push({ architecture: "arm64", rootfs }, [layer]),
    ],
    [
      "a manifest that is an index too",
      "ManifestInvalid",
      () => push({ rootfs }, [layer], { manifests: [] }),
    ],
  ])("for %s is %s", async (_, code, make) => {
    expect((await imageError(registry.resolve(await make()))).code).toBe(code);
  });

  it("tells a layer's unreadable type without control characters", async () => {
    const mediaType = `text/\u001b[2J${"x".repeat(5000)}`;
    const { code, message } = await imageError(
      registry.resolve(await push({ rootfs }, [{ ...layer, mediaType }])),
    );
    expect(code).toBe("UnsupportedImage");
    expect(message).toMatch(/^[\x20-\x7e]{1,400}$/);
  });
});

describe("an image", () => {
  it("is that of this platform where an index has several", async () => {
    const { digest, imageId, config, layers, size } = await registry.resolve("busybox");
    expect(digest).not.toBe(imageId);
    expect(config.cmd).toEqual(["sh"]);
    expect(layers.length).toBeGreaterThan(0);
    expect(size).toBeGreaterThan(layers[0]?.size ?? 0);
    expect(await registry.resolve(`busybox@${digest}`)).toEqual(
      await registry.resolve("busybox:latest@" + digest), // the digest decides
    );
  });

  it("is the same chain in Docker's schema 2 and in zstd", async () => {
    const diffIds = async (tag: string) =>
      (await registry.resolve(`layers:${tag}`)).layers.map((each) => each.diffId);
    const expected = await diffIds("latest");
    expect(expected.length).toBeGreaterThan(1);
    expect(await diffIds("docker")).toEqual(expected);
    expect(await diffIds("zstd")).toEqual(expected);
  });

  it("may have no layers, no settings, and layers beyond 4 GiB", async () => {
    const nothing = await registry.resolve(await push({ rootfs: { diff_ids: [] }, config: null }));
    expect(nothing.layers).toEqual([]);
    expect(nothing.config).toMatchObject({
      cmd: [],
      workingDir: "/",
      stopSignal: "SIGTERM",
      exposedPorts: [],
      volumes: [],
      os: "linux",
      architecture: "amd64",
      created: undefined,
    });
    const config = {
      ExposedPorts: { "80": {}, "53/udp": {}, "nonsense/x": {} },
      Volumes: { "/data": {} },
    };
    const created = "2026-01-02T03:04:05.123456789Z";
    const full = await push({ created, rootfs: { diff_ids: [] }, config });
    expect((await registry.resolve(full)).config).toMatchObject({
      exposedPorts: ["53/udp", "80/tcp"],
      volumes: ["/data"],
      created,
    });
    const dated = await push({ created: "yesterday", rootfs: { diff_ids: [] } });
    expect((await registry.resolve(dated)).config.created).toBeUndefined();
    const large = await registry.resolve(await push({ rootfs }, [layer]));
    expect(large.layers).toEqual([{ ...layer, diffId }]);
    expect(large.size).toBeGreaterThan(5 * 2 ** 30);
  });
});
