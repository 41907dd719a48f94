import { describe, expect, test } from "vitest";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { type DockerImage, groupImages } from "./docker-image.ts";
import { planRemoval } from "./removal-plan.ts";

const id = `sha256:${"ab".repeat(32)}`;
const digest = `sha256:${"cd".repeat(32)}`;

/** One image under these names. */
function image(...names: string[]): DockerImage {
  const resources = names.map((name, index) => ({
    metadata: { name: `img-${index}`, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { image: name },
    status: { imageId: id, digest, conditions: [{ type: "Ready", status: "True" }] },
  }));
  const [group] = groupImages(resources as unknown as ContainerImage[]);
  return group!;
}

const stopped = { id: "1".repeat(64), running: false };
const running = { id: "2".repeat(64), running: true };
const removed = ({ remove }: ReturnType<typeof planRemoval>): readonly string[] =>
  remove.map(({ spec }) => spec.image);

describe("refused", () => {
  test.each([
    [
      "by id while it runs",
      id,
      true,
      [running],
      /^conflict: unable to delete abababababab \(cannot be forced\) - image is being used by running container 222222222222$/,
    ],
    [
      "by id while a container is made of it",
      "abab",
      false,
      [stopped],
      /\(must be forced\) - image is being used by stopped container 111111111111$/,
    ],
    [
      "by its last name while a container is made of it",
      "busybox",
      false,
      [stopped],
      /^conflict: unable to remove repository reference "busybox" \(must force\) - container 111111111111 is using its referenced image abababababab$/,
    ],
    [
      "by digest while it has a tag",
      `busybox@${digest}`,
      false,
      [],
      /the image has the tag busybox:latest; remove that$/,
    ],
  ])("%s", (_, text, force, users, message) => {
    expect(() => planRemoval(image("busybox"), text, force, users)).toThrow(
      expect.objectContaining({ status: 409, message: expect.stringMatching(message) as string }),
    );
  });

  test("by id where it is known in several repositories", () => {
    const several = image("busybox", "foo:1");
    expect(() => planRemoval(several, "ababab", false, [])).toThrow(
      "conflict: unable to delete ababab (must be forced) - image is referenced in multiple repositories",
    );
    expect(removed(planRemoval(several, "ababab", true, []))).toEqual(["foo:1", "busybox"]);
  });
});

test("one of several names goes alone, whoever uses the image", () => {
  const plan = planRemoval(image("busybox", "foo:1"), "foo:1", false, [running]);
  expect([removed(plan), plan.told]).toEqual([["foo:1"], [{ Untagged: "foo:1" }]]);
});

test("the last name takes the image along", () => {
  const plan = planRemoval(image("busybox"), "docker.io/library/busybox:latest", false, []);
  expect(plan.told).toEqual([
    { Untagged: "busybox:latest" },
    { Untagged: `busybox@${digest}` },
    { Deleted: id },
  ]);
  expect(removed(plan)).toEqual(["busybox"]);
});

test("by force the name goes and the image stays while a container runs", () => {
  const plan = planRemoval(image("busybox"), "busybox", true, [running]);
  expect(plan.told).not.toContainEqual({ Deleted: id });
  expect([removed(plan), plan.untag]).toEqual([[], [expect.anything()]]);
});

test("an image without a tag goes by digest", () => {
  const plan = planRemoval(image(`busybox@${digest}`), `busybox@${digest}`, false, []);
  expect(plan.told).toEqual([{ Untagged: `busybox@${digest}` }, { Deleted: id }]);
});
