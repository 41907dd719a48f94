import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Layer, MAX_IMAGE_DISKS, planChain } from "./chain.ts";

const MiB = 1024 * 1024;
const sha = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const layer = (name: string, size: number): Layer => ({
  digest: sha(`blob ${name}`),
  diffId: sha(name),
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  size,
});
const empty: Layer = { ...layer("", 32), diffId: sha("\0".repeat(1024)) };
const layersArbitrary = fc.array(
  fc
    .record({ name: fc.uuid(), size: fc.integer({ min: 100, max: 100 * MiB }) })
    .map(({ name, size }) => layer(name, size)),
  { maxLength: 40 },
);

describe("planChain", () => {
  it("makes no disk for an image without files", () => {
    expect(planChain([empty, empty])).toEqual([]);
  });

  it("names the first disk by its layer's diffID and the second by the OCI chain id", () => {
    const [a, b] = [layer("a", 20 * MiB), layer("b", 20 * MiB)];
    const chain = sha(`${a.diffId} ${b.diffId}`);
    expect(planChain([a, b]).map((disk) => `sha256:${disk.chainId}`)).toEqual([a.diffId, chain]);
  });

  it("merges small layers into the next one, but never into the base", () => {
    const layers = [
      layer("base", 3 * MiB),
      layer("env", 300),
      layer("app", 40 * MiB),
      layer("config", 500),
    ];
    expect(planChain(layers).map((disk) => disk.layers.length)).toEqual([1, 2, 1]);
  });

  it("keeps every layer but the empty ones, in order, and each disk's parent is the one below", () => {
    fc.assert(
      fc.property(layersArbitrary, (layers) => {
        const disks = planChain([empty, ...layers, empty]);
        expect(disks.flatMap((disk) => disk.layers)).toEqual(layers);
        expect(disks.length).toBeLessThanOrEqual(MAX_IMAGE_DISKS);
        expect(disks.map((disk) => disk.parent)).toEqual(
          [undefined, ...disks.map((disk) => disk.chainId)].slice(0, disks.length),
        );
      }),
    );
  });

  it("gives images with a common base the same disks for it, but for one that the shorter one had to end", () => {
    fc.assert(
      fc.property(layersArbitrary, layersArbitrary, (base, more) => {
        const ids = (layers: Layer[]) => planChain(layers).map((disk) => disk.chainId);
        const shorter = ids(base).slice(0, -1);
        expect(ids([...base, ...more]).slice(0, shorter.length)).toEqual(shorter);
      }),
    );
  });
});
