import { KINDS } from "../../src/api/kinds.ts";
import type { Figure } from "./figure.ts";
import type { BenchOptions } from "./section.ts";
import type { SimulatedLab } from "./simulated-lab.ts";
import { describeSpread, percentile95 } from "./statistics.ts";
import { timed } from "./timing.ts";

const CHANGES = 100;

/** How long the operator takes to say that it has seen a change of one container among many. */
export async function oneChange(
  { tenant }: SimulatedLab,
  { containers }: BenchOptions,
): Promise<Figure> {
  const { client, namespace } = tenant;
  const changeOf = async (name: string, maxRetries: number): Promise<void> => {
    const { resourceVersion } = await client.list(KINDS.ContainerVM, { namespace, limit: 1 });
    const signal = AbortSignal.timeout(30_000);
    const fieldSelector = `metadata.name=${name}`;
    const options = { namespace, resourceVersion, fieldSelector, signal };
    const seen = (async () => {
      for await (const { type, object } of client.watch(KINDS.ContainerVM, options)) {
        const { generation } = object.metadata;
        if (type === "BOOKMARK" || object.spec.restart?.maxRetries !== maxRetries) continue;
        if (object.status?.observedGeneration === generation) return;
      }
      throw new Error(`nothing was heard of ${name}'s change`);
    })();
    const restart = { policy: "OnFailure", maxRetries };
    await client.patch(
      KINDS.ContainerVM,
      { namespace, name },
      { type: "merge", patch: { spec: { restart } } },
    );
    await seen;
  };
  const taken: number[] = [];
  for (let turn = 0; turn < CHANGES; turn++) {
    const name = `crowd-${Math.floor((turn * containers) / CHANGES)}`;
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    taken.push(await timed(() => changeOf(name, turn + 1)));
  }
  return {
    name: `a change of one of ${containers} containers, until its status says so, p95`,
    value: percentile95(taken),
    unit: "ms",
    atMost: 200,
    detail: describeSpread(taken, "ms"),
  };
}
