import { describe, expect, test } from "vitest";
import type { ContainerImage } from "../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { imageObjectName } from "../../api/identity.ts";
import { chooseImage } from "./image-of.ts";

const container = (image: string, imageRef?: string) =>
  ({
    spec: { hostRef: { name: "h" }, image },
    ...(imageRef ? { status: { imageRef: { name: imageRef } } } : {}),
  }) as ContainerVM;
const image = (name: string, reference: string, ready = false, more: object = {}) =>
  ({
    metadata: { name, ...more },
    spec: { image: reference },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  }) as unknown as ContainerImage;

describe("chooseImage", () => {
  test("tells of a reference that can't be read", () => {
    expect(chooseImage(container("Bad:::"), [])).toMatchObject({
      problem: { reason: "InvalidReference" },
    });
  });

  test("makes one where the host has none, by a name that two containers at once agree on", () => {
    const name = imageObjectName("h", "docker.io/library/busybox:latest");
    expect(chooseImage(container("busybox"), [image("other", "alpine")])).toEqual({ create: name });
    expect(chooseImage(container("docker.io/library/busybox"), [])).toEqual({ create: name });
  });

  test("takes one that is there, however its reference is written, a Ready one first", () => {
    const [slow, ready] = [
      image("slow", "busybox:latest"),
      image("ready", "docker.io/library/busybox", true),
    ];
    expect(chooseImage(container("busybox"), [slow, ready])).toEqual({ found: ready });
  });

  test("never takes one that is being deleted", () => {
    expect(
      chooseImage(container("busybox"), [
        image("going", "busybox", true, { deletionTimestamp: "x" }),
      ]),
    ).toHaveProperty("create");
  });

  test("stays with the one that it has", () => {
    const mine = image("mine", "busybox:old");
    expect(
      chooseImage(container("busybox", "mine"), [image("other", "busybox", true), mine]),
    ).toEqual({ found: mine });
  });
});
