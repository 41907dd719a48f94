import { defineConfig } from "vitest/config";

// unit: needs nothing. api: needs a control plane, one per run (test/controlplane.ts). e2e: starts its own, or whole
// installations. One group after the other, so that the heavy ones have the machine to themselves.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["{src,scripts,test}/**/*.test.ts"],
          exclude: ["**/*.api.test.ts", "test/{e2e,lab,package}/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "api",
          sequence: { groupOrder: 1 },
          include: ["{src,test}/**/*.api.test.ts"],
          exclude: ["test/{e2e,lab,package}/**"],
          globalSetup: ["test/controlplane.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 2 },
          include: ["test/{e2e,lab,package}/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
