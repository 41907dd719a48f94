import { expect, test } from "vitest";
import type { ContainerImage } from "../../../api/containerimage.gen.ts";
import { imageEvent } from "./image-event.ts";

const image = {
  metadata: { name: "img-1" },
  spec: { image: "busybox" },
  status: { sizeBytes: 1024, disks: [{}] },
} as unknown as ContainerImage;
const waiting = (status: "True" | "False") => ({
  status: {
    conditions: [
      {
        type: "ImageReady",
        status,
        reason: "r",
        message: "m",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  },
});

test("an image that was there all the time is no event", () => {
  expect(imageEvent({}, image)).toBeUndefined();
  expect(imageEvent(waiting("True"), image)).toBeUndefined();
});

test("an image that was waited for is", () => {
  expect(imageEvent(waiting("False"), image)?.note).toBe(
    'Image busybox is unpacked: 1 KiB on 1 disk (ContainerImage "img-1")',
  );
});
