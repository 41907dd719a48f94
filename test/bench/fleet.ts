import { containerVmName } from "../../src/api/naming.ts";
import { crewTurn, type FleetTurn, operatorTurn, referenceTurn } from "./fleet-turns.ts";
import type { Figure } from "./figure.ts";
import type { Section } from "./section.ts";
import { SimulatedLab } from "./simulated-lab.ts";
import { describeSpread, median } from "./statistics.ts";

const CONTAINERS = 200;
/** What vCenter's part of a container's life is taken to last. */
const delays = [
  { method: "CreateChildVM_Task", delayMs: 300 },
  { method: "PowerOnVM_Task", delayMs: 1000 },
];
const LIKE = "like";

/** Many containers from one apply: the operator, and Go programs that make the same VMs in the same lab. */
export const fleet: Section = async ({ pairs, note }) => {
  const setting = await SimulatedLab.start();
  try {
    const { lab, tenant } = setting;
    await tenant.container(LIKE, ["sleep", "100000"]);
    const { status } = await tenant.until(
      "ContainerVM",
      LIKE,
      (made) => made.status?.state === "Running",
    );
    const vms = await lab.vms();
    const name = containerVmName(LIKE, status?.id ?? "");
    const moref = vms.find((vm) => vm.name === name)?.moref ?? "";
    const like = { name: LIKE, moref };
    await setting.operator.end();
    await Promise.all(delays.map((delay) => lab.order("POST", "/delays", delay)));
    const taken: Record<string, number[]> = { crew: [], reference: [], operator: [] };
    const turns: Record<string, FleetTurn> = {
      crew: crewTurn,
      reference: referenceTurn,
      operator: operatorTurn,
    };
    for (let round = 1; round <= pairs; round++) {
      for (const [who, turn] of Object.entries(turns)) {
        // oxlint-disable-next-line no-await-in-loop -- by turns
        const ms = await turn(setting, like, CONTAINERS);
        taken[who]?.push(ms);
        note(`round ${round}: ${CONTAINERS} containers run after ${ms.toFixed(0)} ms (${who})`);
      }
    }
    const { crew = [], reference = [], operator = [] } = taken;
    return [
      ratio("a Go program's that holds 32", operator, crew, 1.3),
      ratio("a controller-runtime controller's", operator, reference, 1),
    ];
  } finally {
    await setting.stop();
  }
};

const ratio = (whose: string, ours: number[], theirs: number[], atMost: number): Figure => ({
  name: `${CONTAINERS} containers from one apply, until all run, of ${whose}`,
  value: median(ours) / median(theirs),
  unit: "×",
  atMost,
  detail: `${describeSpread(ours, "ms")} to ${describeSpread(theirs, "ms")}`,
});
