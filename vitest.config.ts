import { defineConfig } from "vitest/config";

/** Tests whose virtual machines boot. */
const booting = [
  "test/{e2e/guests,e2e/docker,lab}/**/*.test.ts",
  "test/e2e/console/lines.test.ts",
  "test/e2e/assumptions/booted.test.ts",
];

/** What it takes to be in order again has a bound, so that it has the machine to itself. */
const storm = "test/e2e/storms/storm.test.ts";

/** What a poll waits for is told by a server, on a machine that may be busy. */
const patient = { poll: { timeout: 120_000 } };

// unit: needs nothing. api: needs a control plane, one per run (test/control-plane/controlplane.ts). e2e: starts its own, with guests that
// are simulated: such tests wait more than they compute, so that two files go at once. guests: whole installations, of which
// one alone leaves a third of two processors idle: two files at once, too. One group after the other.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          include: ["{src,scripts,test}/**/*.test.ts"],
          exclude: ["**/*.api.test.ts", "test/{e2e,lab,package}/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "api",
          // They share one control plane, and each gateway serves the hosts of all.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          include: ["{src,test}/**/*.api.test.ts"],
          exclude: ["test/{e2e,lab,package}/**"],
          globalSetup: ["test/control-plane/controlplane.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          include: ["test/{e2e,package}/**/*.test.ts"],
          exclude: [...booting, storm],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: patient,
        },
      },
      {
        test: {
          name: "guests",
          maxWorkers: 2,
          maxConcurrency: 2,
          sequence: { groupOrder: 3 },
          include: booting,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: patient,
        },
      },
      {
        test: {
          name: "storm",
          sequence: { groupOrder: 4 },
          include: [storm],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: patient,
        },
      },
    ],
  },
});
