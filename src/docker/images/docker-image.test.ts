import { expect, test } from "vitest";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { groupImages } from "./docker-image.ts";

interface Made {
  readonly image: string;
  readonly id?: string;
  readonly age?: number;
  readonly superseded?: boolean;
  readonly ready?: boolean;
  readonly from?: string;
}

const digest = (id: string): string => `sha256:${id.repeat(64)}`;

const resource = ({ image, id = "a", age = 0, superseded, ready = true, from }: Made) =>
  ({
    metadata: {
      name: `${image}-${age}`,
      creationTimestamp: new Date(1_000_000 - age * 1_000).toISOString(),
      labels: superseded ? { "vic.dev/superseded": "true" } : {},
    },
    spec: { image, ...(from === undefined ? {} : { from }) },
    status: {
      imageId: `id-${id}`,
      digest: digest(id),
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  }) as unknown as ContainerImage;

const names = (...made: Made[]) =>
  Object.fromEntries(
    groupImages(made.map(resource)).map(({ id, tags, digests }) => [id, { tags, digests }]),
  );

test("what isn't there yet is no image", () => {
  expect(names({ image: "busybox", ready: false })).toEqual({});
});

test("a tag is the newest's alone, and none's that lost it", () => {
  const busybox = (id: string) => [`busybox@${digest(id)}`];
  expect(names({ image: "busybox", age: 9 }, { image: "busybox:latest", id: "b", age: 1 })).toEqual(
    {
      "id-a": { tags: [], digests: busybox("a") },
      "id-b": { tags: ["busybox:latest"], digests: busybox("b") },
    },
  );
  expect(
    names({ image: "busybox", age: 1, superseded: true }, { image: "busybox", id: "b", age: 9 }),
  ).toEqual({
    "id-a": { tags: [], digests: busybox("a") },
    "id-b": { tags: ["busybox:latest"], digests: busybox("b") },
  });
});

test("names of one image are together, under the digests by which they were fetched", () => {
  expect(
    names(
      { image: "busybox" },
      { image: "example.com/box:1", age: 1 },
      { image: "mine", age: 2, from: `busybox@${digest("a")}` },
    ),
  ).toEqual({
    "id-a": {
      tags: ["busybox:latest", "example.com/box:1", "mine:latest"],
      digests: [`busybox@${digest("a")}`, `example.com/box@${digest("a")}`],
    },
  });
});
