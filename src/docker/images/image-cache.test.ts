import { expect, test } from "vitest";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { LABELS } from "../../api/metadata.ts";
import type { Informer } from "../../kube/informer.ts";
import { addImageIndexes, ImageCache } from "./image-cache.ts";

const image = (name: string, digit: string, labels = {}): ContainerImage =>
  ({
    metadata: { name, namespace: "n", labels, creationTimestamp: "2026-11-22T14:00:00Z" },
    spec: { hostRef: { name: "h" }, image: "app:1" },
    status: { reference: "docker.io/library/app:1", digest: `sha256:${digit.repeat(64)}` },
  }) as ContainerImage;

function cacheOf(...images: ContainerImage[]): ImageCache {
  const indexes = new Map<string, (each: ContainerImage) => readonly string[]>();
  const informer = {
    addIndex: indexes.set.bind(indexes),
    store: {
      byIndex: (index: string, value: string) =>
        images.filter((each) => indexes.get(index)!(each).includes(value)),
    },
  } as unknown as Informer<ContainerImage>;
  addImageIndexes(informer);
  return new ImageCache(informer, "n/h");
}

test("an image that its tag doesn't mean any more is called by its digest", () => {
  const older = image("older", "a", { [LABELS.superseded]: "true" });
  const newer = image("newer", "b");
  const cache = cacheOf(older, newer);
  expect(cache.exactName(older)).toBe(`docker.io/library/app@sha256:${"a".repeat(64)}`);
  expect(cache.exactName(newer)).toBe("app:1");
});
