import { expect, test } from "vitest";
import type { ContainerVM } from "./containervm.gen.ts";
import { refuseToCreate, refuseToRun, roomOfAll, takesRoom } from "./quota.ts";
import type { VirtualContainerHost } from "./virtualcontainerhost.gen.ts";

const host = (quota?: VirtualContainerHost["spec"]["quota"]): VirtualContainerHost =>
  ({
    metadata: { name: "team-a" },
    spec: { containerDefaults: { cpus: 2, memoryMiB: 2048 }, quota },
  }) as VirtualContainerHost;
const container = (spec: { cpus?: number; memoryMiB?: number } = {}): ContainerVM =>
  ({ spec }) as ContainerVM;
const taken = (cpus: number, memoryMiB: number) => () => ({ cpus, memoryMiB });

test.each([
  [undefined, 1000, undefined],
  [2, 1, undefined],
  [
    2,
    2,
    'VirtualContainerHost "team-a" allows 2 containers (spec.quota.containers) and has 2: remove one, or ask who runs the host for more',
  ],
  [0, 0, /allows 0 containers/],
])("of %s containers one more than %d", (containers, count, refusal) => {
  const quota = containers === undefined ? {} : { containers };
  const answer = refuseToCreate(host(quota), count);
  if (refusal === undefined) expect(answer).toBeUndefined();
  else expect(answer).toMatch(refusal);
});

test.each([
  ["no quota", undefined, {}, taken(1e6, 1e6), undefined],
  ["all of it", { cpus: 4, memoryMiB: 4096 }, {}, taken(2, 2048), undefined],
  [
    "a CPU too much",
    { cpus: 4 },
    { cpus: 3 },
    taken(2, 0),
    /allows 4 CPUs.*cpus.*2 are taken.* needs 3/,
  ],
  ["the defaults count", { cpus: 3 }, {}, taken(2, 0), /needs 2:/],
  [
    "memory too much",
    { cpus: 4, memoryMiB: 4096 },
    { memoryMiB: 2052 },
    taken(2, 2048),
    /4096 MiB of memory.*spec\.quota\.memoryMiB.*2048 are taken/,
  ],
  ["more than it could ever have", { memoryMiB: 1024 }, {}, taken(0, 0), /0 are taken/],
])("to run: %s", (_, quota, spec, others, refusal) => {
  const answer = refuseToRun(host(quota), container(spec), others);
  if (refusal === undefined) expect(answer).toBeUndefined();
  else expect(answer).toMatch(refusal);
});

test.each([
  [{}, false],
  [{ state: "Created" }, false],
  [{ state: "Starting" }, true],
  [{ state: "Restarting", vsphere: { powerState: "poweredOff" } }, true],
  [{ state: "Exited", vsphere: { powerState: "poweredOff" } }, false],
  [{ state: "Exited", vsphere: { powerState: "poweredOn" } }, true],
])("%j takes room: %s", (status, takes) => {
  expect(takesRoom({ status } as ContainerVM)).toBe(takes);
});

test("rooms add up, defaults included", () => {
  expect(roomOfAll([container(), container({ cpus: 1, memoryMiB: 128 })], host())).toEqual({
    cpus: 3,
    memoryMiB: 2176,
  });
});
