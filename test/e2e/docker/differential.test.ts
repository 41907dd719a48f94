import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../oracle/command.ts";
import { normalize } from "./normalize.ts";
import { imageScenarios } from "./scenarios/images.ts";
import { lifeScenarios } from "./scenarios/life.ts";
import { listScenarios } from "./scenarios/lists.ts";
import { runScenarios } from "./scenarios/run.ts";
import { streamScenarios } from "./scenarios/streams.ts";
import type { Step } from "./scenario.ts";
import { type Engines, startEngines } from "./engines.ts";
import { canRunDaemon } from "../../oracle/daemon.ts";

// The same commands to the gateway and to a real dockerd: what they print, and how they end.
describe.skipIf(!canRunDaemon())("docker says the same of both engines", () => {
  let engines: Engines;

  beforeAll(async () => {
    engines = await startEngines();
  });
  afterAll(() => engines?.stop());

  const scenarios = [
    ...runScenarios,
    ...lifeScenarios,
    ...streamScenarios,
    ...imageScenarios,
    ...listScenarios,
  ];
  test.each(scenarios)("$name", async ({ steps }) => {
    for (const step of steps) {
      // oxlint-disable-next-line no-await-in-loop -- each builds on what was before
      const { registry } = engines.lab;
      const args = step.args.map((word) => word.replace("$REGISTRY", registry));
      const [expected, got] = await Promise.all([
        engines.daemon.run(args, inputOf(step)),
        engines.gateway.run(args, inputOf(step)),
      ]);
      if (step.quiet === true) continue;
      const { reason = "", ...differs } = step.gateway ?? {};
      const own = Object.fromEntries(
        Object.entries(differs).map(([name, value]) => [
          name,
          typeof value === "string" ? value.replaceAll("$REGISTRY", registry) : value,
        ]),
      );
      const line = `docker ${args.join(" ")}`;
      expect
        .soft({ line, ...comparable(got, step) }, reason || line)
        .toEqual({ line, ...comparable(expected, step), ...own });
    }
  });
});

const inputOf = ({ input }: Step) => (input === undefined ? {} : { input });

function comparable({ code, stdout, stderr }: Outcome, { unordered }: Step): Outcome {
  const text = (raw: string): string => {
    const lines = normalize(raw).split("\n");
    return (unordered ? lines.toSorted() : lines).join("\n");
  };
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
