import { describe, expect, test } from "vitest";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { imageObjectName } from "../../../api/identity.ts";
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

  test("takes the newest, and one that a newer one has superseded only where there is no other", () => {
    const at = (name: string, second: number, ready: boolean, superseded = false) =>
      image(name, "busybox", ready, {
        creationTimestamp: `2026-01-01T00:00:0${second}Z`,
        ...(superseded ? { labels: { "vic.dev/superseded": "true" } } : {}),
      });
    const [old, fresh] = [at("z", 1, true), at("a", 2, true)];
    const chosen = (...images: ContainerImage[]) => chooseImage(container("busybox"), images);
    expect(chosen(old, fresh)).toEqual({ found: fresh });
    expect(chosen(old, at("coming", 3, false))).toEqual({ found: old });
    const former = at("former", 4, true, true);
    expect(chosen(former, at("coming", 3, false))).toMatchObject({
      found: { metadata: { name: "coming" } },
    });
    expect(chosen(former)).toEqual({ found: former });
  });

  test("takes what a tag meant for the same repository and digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const tagged = image("tagged", "busybox:1", true);
    tagged.status = { ...tagged.status, digest };
    expect(chooseImage(container(`busybox@${digest}`), [tagged])).toEqual({ found: tagged });
    expect(chooseImage(container(`alpine@${digest}`), [tagged])).toHaveProperty("create");
  });

  test("never takes one that is being deleted", () => {
    expect(
      chooseImage(container("busybox"), [
        image("going", "busybox", true, { deletionTimestamp: "x" }),
      ]),
    ).toHaveProperty("create");
  });

  test("waits for the one whose name a new one would have", () => {
    const name = imageObjectName("h", "docker.io/library/busybox:latest");
    const going = image(name, "busybox", true, { deletionTimestamp: "x" });
    expect(chooseImage(container("busybox"), [going])).toEqual({ going: name });
  });

  test("stays with the one that it has", () => {
    const mine = image("mine", "busybox:old");
    expect(
      chooseImage(container("busybox", "mine"), [image("other", "busybox", true), mine]),
    ).toEqual({ found: mine });
  });
});
