import type { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { ContainerImage, ContainerImageStatus } from "../../api/containerimage.gen.ts";
import type { ImageProgress } from "../client/console-client.ts";
import { openProgress } from "./progress.ts";
import { isSettled, progressOf } from "./snapshot.ts";
import { diskKey, UnpackProgress } from "./unpack-progress.ts";

const layer = (digest: string, size = 100) => ({ digest, diffId: "", mediaType: "", size });
const disk = (chainId: string, state: string, digests: readonly string[], attempt?: number) => ({
  chainId,
  path: "",
  state,
  layers: digests.map((digest) => layer(digest)),
  ...(attempt !== undefined && { attached: { target: 1, attempt } }),
});

const image = (status: object, more: object = {}) =>
  ({
    metadata: { namespace: "team", name: "web", uid: "u", ...more },
    spec: { hostRef: { name: "host" }, image: "web" },
    status: status as ContainerImageStatus,
  }) as ContainerImage;

const states = ({ layers }: ImageProgress) =>
  layers.map(({ digest, state, bytes }) => `${digest} ${state} ${bytes}`);

describe("how far the layers of an image are", () => {
  const none = () => undefined;

  test("is nothing before the image is known", () => {
    expect(progressOf(image({}), none)).toEqual({ layers: [] });
  });

  test("is told by the state of the disks where somebody else fills them", () => {
    const disks = [
      disk("1", "Ready", ["a", "b"]),
      disk("2", "Unpacked", ["c"]),
      disk("3", "Attached", ["d"], 1),
      disk("4", "Pending", ["e"]),
    ];
    expect(states(progressOf(image({ disks }), none))).toEqual([
      "a Unpacked 100",
      "b Unpacked 100",
      "c Unpacked 100",
      "d Waiting 0",
      "e Waiting 0",
    ]);
  });

  test("counts bytes of what is being filled here, of which one layer comes after the other", () => {
    const bytes = new Map([
      ["a", 100],
      ["b", 30],
    ]);
    const filling = image({ disks: [disk("1", "Attached", ["a", "b", "c"], 1)] });
    expect(
      states(progressOf(filling, (key) => (key === "team/host 1" ? bytes : undefined))),
    ).toEqual(["a Unpacked 100", "b Downloading 30", "c Waiting 0"]);
  });

  test("is whole once this attempt was answered, and isn't for an earlier one's answer", () => {
    const of = (attempt: number, result: string) =>
      states(
        progressOf(
          image({
            disks: [disk("1", "Attached", ["a"], 2)],
            unpacks: [{ chainId: "1", attempt, result }],
          }),
          none,
        ),
      );
    expect(of(2, "Done")).toEqual(["a Unpacked 100"]);
    expect(of(1, "Done")).toEqual(["a Waiting 0"]);
    expect(of(2, "Failed")).toEqual(["a Waiting 0"]);
  });

  test("tells a layer once that is there twice", () => {
    expect(
      states(
        progressOf(
          image({ disks: [disk("1", "Ready", ["a"]), disk("2", "Pending", ["a"])] }),
          none,
        ),
      ),
    ).toEqual(["a Unpacked 100"]);
  });

  test("is settled where no more will come", () => {
    const condition = (type: string, status = "True") => image({ conditions: [{ type, status }] });
    expect(
      [
        undefined,
        condition("Ready"),
        condition("Stalled"),
        image({}, { deletionTimestamp: "now" }),
      ].map(isSettled),
    ).toEqual([true, true, true, true]);
    expect(
      [image({}), condition("Ready", "False"), condition("Reconciling")].map(isSettled),
    ).toEqual([false, false, false]);
  });
});

describe("the stream of it", () => {
  /** Images of which there is one, and who watches it. */
  function watched(first: ContainerImage) {
    let current: ContainerImage | undefined = first;
    const handlers = new Set<{ update?: (now: ContainerImage) => void }>();
    const unpacking = new UnpackProgress();
    const images = {
      store: { get: () => current },
      addHandler: (handler: { update?: (now: ContainerImage) => void }) => {
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
    };
    const put = (next: ContainerImage | undefined) => {
      current = next;
      for (const handler of handlers) handler.update?.(first);
    };
    const hangUp = new AbortController();
    const output = openProgress({ images: images as never, unpacking }, first, hangUp.signal);
    return { put, unpacking, output, hangUp, handlers };
  }

  async function all(output: Readable) {
    const got: string[][] = [];
    for await (const each of output as AsyncIterable<ImageProgress>) got.push(states(each));
    return got;
  }

  test("ends at once for an image that needs no work", async () => {
    const { output } = watched(
      image({
        disks: [disk("1", "Ready", ["a"])],
        conditions: [{ type: "Ready", status: "True" }],
      }),
    );
    expect(await all(output)).toEqual([["a Unpacked 100"]]);
  });

  test("tells changes until the image is ready, and bytes in between", async () => {
    const { output, put, unpacking, handlers } = watched(image({}));
    const got = all(output);
    const attached = image({ disks: [disk("1", "Attached", ["a"], 1)] });
    put(attached);
    const key = diskKey("team/host", "1");
    unpacking.begin(key);
    const blob = unpacking.counted(
      key,
      "a",
      (async function* () {
        yield Promise.resolve(Buffer.alloc(60));
        yield Promise.resolve(Buffer.alloc(40));
      })(),
    );
    await blob.next();
    await blob.next();
    await expect.poll(() => unpacking.of(key)?.get("a")).toBe(60);
    await new Promise((resolve) => setTimeout(resolve, 250));
    await blob.next();
    put(
      image({
        disks: [disk("1", "Ready", ["a"])],
        conditions: [{ type: "Ready", status: "True" }],
      }),
    );
    const told = await got;
    expect(told).toContainEqual(["a Downloading 60"]);
    expect(told.at(-1)).toEqual(["a Unpacked 100"]);
    expect(handlers.size).toBe(0);
  });

  test("ends with the image, and with whoever watched", async () => {
    const gone = watched(image({}));
    const got = all(gone.output);
    gone.put(undefined);
    expect(await got).toEqual([]);
    const left = watched(image({}));
    left.output.resume();
    left.hangUp.abort();
    await expect.poll(() => left.handlers.size).toBe(0);
  });
});
