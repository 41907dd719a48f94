import { expect, test } from "vitest";
import { unpackedEvent } from "./unpacked-event.ts";

const disk = (chainId: string) => ({
  chainId,
  path: `[ds] ${chainId}.vmdk`,
  state: "Ready" as const,
  layers: [],
});
const unpack = (chainId: string, result: "Done" | "Failed") =>
  ({ chainId, attempt: 1, result, usedBytes: 1024 ** 2 }) as const;

test("says how much went onto the disks, and in which time", () => {
  const unpacks = [unpack("a", "Done"), unpack("b", "Done"), unpack("c", "Failed")];
  expect(unpackedEvent([disk("a"), disk("b")], unpacks, 2345).note).toBe(
    "2 disks with 2 MiB in 2.3 s",
  );
});

test("says that nothing had to be done", () => {
  expect(unpackedEvent([disk("a")], [], undefined).note).toBe("1 disk, on the datastore already");
});
