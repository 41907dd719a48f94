import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContainerVMSpec } from "../../api/containervm.gen.ts";
import { configOf } from "./config-of.ts";
import type { Json } from "./create-body.ts";
import { fromDocker } from "./from-docker.ts";
import { hostConfigOf } from "./host-config-of.ts";

const id = "0123456789ab".padEnd(64, "0");
const MiB = 1024 * 1024;

/** What inspect shows of a specification, as a body to create. */
const asBody = (spec: ContainerVMSpec): Json => {
  const { Hostname, ...config } = configOf(spec, {}, id) as Record<string, unknown>;
  return {
    ...config,
    ...(spec.hostname !== undefined && { Hostname }),
    // Set to nothing, the image's doesn't count; Docker's clients say that with one empty word.
    ...(spec.entrypoint?.length === 0 && { Entrypoint: [""] }),
    HostConfig: hostConfigOf(spec),
  };
};

const word = fc.string({ minLength: 1, maxLength: 20 });
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const label = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,10}[A-Za-z0-9]$/);

const arbitrarySpec: fc.Arbitrary<ContainerVMSpec> = fc
  .record(
    {
      entrypoint: fc.array(word, { maxLength: 3 }),
      command: fc.array(word, { minLength: 1, maxLength: 3 }),
      env: fc.uniqueArray(fc.record({ name, value: fc.string({ maxLength: 20 }) }), {
        minLength: 1,
        maxLength: 4,
        selector: (entry) => entry.name,
      }),
      labels: fc.dictionary(word, fc.string({ maxLength: 20 }), { minKeys: 1, maxKeys: 4 }),
      user: fc.constantFrom("root", "1000:1000", "www-data:44"),
      workingDir: fc.constantFrom("/", "/srv", "/a b/c"),
      hostname: label,
      groups: fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
      exposedPorts: fc.uniqueArray(fc.constantFrom("80/tcp", "53/udp", "9/sctp"), { minLength: 1 }),
      stopSignal: fc.constantFrom("SIGINT", "TERM", "9", "RTMIN+3"),
      tty: fc.constant(true),
      openStdin: fc.constant(true),
      stdinOnce: fc.constant(true),
      restart: fc.oneof(
        fc.constantFrom({ policy: "Always" as const }, { policy: "UnlessStopped" as const }),
        fc.record(
          {
            policy: fc.constant("OnFailure" as const),
            maxRetries: fc.integer({ min: 1, max: 99 }),
          },
          { requiredKeys: ["policy"] },
        ),
      ),
      cpus: fc.integer({ min: 1, max: 768 }),
      memoryMiB: fc.integer({ min: 32, max: 100_000 }).map((steps) => steps * 4),
    },
    { requiredKeys: [] },
  )
  .chain((spec) =>
    fc.record({
      ...Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, fc.constant(value)])),
      stopTimeoutSeconds: fc.integer({ min: 0, max: 86_400 }),
      networks: fc.constantFrom([], [{ name: "bridge" }]),
    }),
  )
  .map((spec) => ({
    ...(spec as unknown as ContainerVMSpec),
    hostRef: { name: "host" },
    image: "busybox",
    powerState: "Off" as const,
  }));

/** What create stores of a specification besides. */
const withoutPlace = (spec: ContainerVMSpec): object => {
  const left = ["hostRef", "image", "powerState"];
  if (spec.stopTimeoutSeconds === 10) left.push("stopTimeoutSeconds");
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !left.includes(key)));
};

test("what inspect shows makes the same container again", () => {
  fc.assert(
    fc.property(arbitrarySpec, (spec) => {
      const { spec: made, warnings } = fromDocker(asBody(spec), {});
      expect(made).toEqual(withoutPlace(spec));
      expect(warnings).toEqual([]);
    }),
  );
});

test("removal at the end survives the way there and back, and excludes a restart policy", () => {
  const spec = fromDocker({ HostConfig: { AutoRemove: true } }, {}).spec;
  expect(spec.autoRemove).toBe(true);
  expect(() =>
    fromDocker({ HostConfig: { AutoRemove: true, RestartPolicy: { Name: "always" } } }, {}),
  ).toThrow("can't create 'AutoRemove' container with restart policy");
});

describe("the image's part", () => {
  const image = { entrypoint: ["/entry"], cmd: ["serve"], env: ["A=1", "B=2"] };

  test.each([
    ["nothing said", {}, {}, ["/entry"], ["serve"]],
    ["a command", { Cmd: ["x"] }, { command: ["x"] }, ["/entry"], ["x"]],
    ["an entrypoint", { Entrypoint: ["e"] }, { entrypoint: ["e"] }, ["e"], null],
    [
      "both",
      { Entrypoint: ["e"], Cmd: ["x"] },
      { entrypoint: ["e"], command: ["x"] },
      ["e"],
      ["x"],
    ],
    [
      "the entrypoint reset",
      { Entrypoint: [""], Cmd: ["x"] },
      { entrypoint: [], command: ["x"] },
      null,
      ["x"],
    ],
    [
      "the entrypoint taken away",
      { Entrypoint: [] },
      { entrypoint: [], command: ["serve"] },
      null,
      ["serve"],
    ],
    [
      "words alone",
      { Entrypoint: "e", Cmd: "x" },
      { entrypoint: ["e"], command: ["x"] },
      ["e"],
      ["x"],
    ],
  ])("counts as dockerd has it: %s", (_, body, expected, entrypoint, cmd) => {
    const { spec } = fromDocker(body, image);
    expect(spec).toEqual({ ...expected, networks: [{ name: "bridge" }] });
    const shown = configOf({ ...spec, image: "i" } as never, image, id);
    expect(shown).toMatchObject({ Entrypoint: entrypoint, Cmd: cmd });
  });

  test("of the environment is shown behind the container's own, which wins", () => {
    const { spec } = fromDocker({ Env: ["B=own", "C=3"] }, image);
    const shown = configOf({ ...spec, image: "i" } as never, image, id);
    expect(shown).toMatchObject({ Env: ["B=own", "C=3", "A=1"] });
  });

  test("can't be removed from the environment; a name that the image doesn't have asks for nothing", () => {
    expect(() => fromDocker({ Env: ["A"] }, image)).toThrow("Env A can't be honoured");
    expect(fromDocker({ Env: ["Z"] }, image).spec).not.toHaveProperty("env");
  });
});

test("memory is never less than was asked for, and a rounding is told", () => {
  const asked = (bytes: number) => fromDocker({ HostConfig: { Memory: bytes } }, {});
  expect(() => asked(6 * MiB - 1)).toThrow("Minimum memory limit allowed is 6MB");
  expect(asked(64 * MiB)).toMatchObject({
    spec: { memoryMiB: 128 },
    warnings: [
      "memory was raised to 128 MiB: a container is a VM with a kernel of its own, which needs that much",
    ],
  });
  expect(asked(128 * MiB)).toMatchObject({ spec: { memoryMiB: 128 }, warnings: [] });
  expect(asked(129 * MiB)).toMatchObject({
    spec: { memoryMiB: 132 },
    warnings: ["memory was raised to 132 MiB: a VM has multiples of 4 MiB"],
  });
});

test.each([0.5, 1.5, 769, -1])("%d CPUs are refused", (cpus) => {
  expect(() => fromDocker({ HostConfig: { NanoCpus: cpus * 1e9 } }, {})).toThrow(/NanoCpus/);
});
