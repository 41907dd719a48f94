import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import type { DockerCommand, Outcome } from "../../oracle/command.ts";
import { containerDifferences, differingFields, imageDifferences } from "./fields.ts";
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

  test("inspect has the same fields, but those that are listed with their reasons", async () => {
    const { daemon, gateway } = engines;
    const options = ["-l", "a=b", "-e", "X=y", "-w", "/tmp", "--stop-timeout", "3"];
    const command = ["--restart", "on-failure:2", "busybox", "sh", "-c", "exit 3"];
    const both = [daemon, gateway];
    await Promise.all(
      both.map((docker) => docker.get("create", "--name", "looked-at", ...options, ...command)),
    );
    const [one, other] = await Promise.all(
      both.map((docker) => inspected(docker, "container", "inspect", "looked-at")),
    );
    expect(differingFields(one, other)).toEqual(Object.keys(containerDifferences).toSorted());
    const [image, same] = await Promise.all(
      both.map((docker) => inspected(docker, "image", "inspect", "busybox")),
    );
    expect(differingFields(image, same)).toEqual(Object.keys(imageDifferences).toSorted());
    await Promise.all(both.map((docker) => docker.get("rm", "looked-at")));
  });

  /** Follows the steps of one test; another one may go on at the same time, so that it expects by its own context. */
  const follow = async (
    steps: readonly Step[],
    { expect: expectHere }: TestContext,
  ): Promise<void> => {
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
      const ours = Object.fromEntries(
        Object.entries(differs).map(([name, value]) => [
          name,
          typeof value === "string" ? value.replaceAll("$REGISTRY", registry) : value,
        ]),
      );
      const line = `docker ${args.join(" ")}`;
      expectHere
        .soft({ line, ...comparable(got, step) }, reason || line)
        .toEqual({ line, ...comparable(expected, step), ...ours });
    }
  };

  // These know their own containers only: two at a time, as many as there are processors to boot on.
  test.concurrent.for([...runScenarios, ...streamScenarios, ...lifeScenarios])(
    "$name",
    ({ steps }, context) => follow(steps, context),
  );

  test.for([...imageScenarios, ...listScenarios])("$name", ({ steps }, context) =>
    follow(steps, context),
  );
});

/** What inspect tells of one thing. */
async function inspected(docker: DockerCommand, ...args: string[]): Promise<unknown> {
  const [first] = JSON.parse(await docker.get(...args)) as unknown[];
  return first;
}

const inputOf = ({ input }: Step) => (input === undefined ? {} : { input });

function comparable({ code, stdout, stderr }: Outcome, { unordered }: Step): Outcome {
  const text = (raw: string): string => {
    const lines = normalize(raw).split("\n");
    return (unordered ? lines.toSorted() : lines).join("\n");
  };
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
