import type { EngineClient } from "./engine-client.ts";
import type { Figure } from "./figure.ts";
import { median } from "./statistics.ts";
import { repeated } from "./timing.ts";

/** Engines that are asked the same, by turns. */
export interface Peers {
  /** The gateway, over TLS. */
  readonly ours: EngineClient;
  /** dockerd, over its Unix socket. */
  readonly socket: EngineClient;
  /** The same dockerd, over TLS with client certificates like ours. */
  readonly tls: EngineClient;
}

const ROUNDS = 12;
const CALLS = 100;
/** Rounds that don't count: until what is asked often has been compiled, on both sides of the connection. */
const WARM_UP = 4;

/** Milliseconds of one small call to each engine, p50: rounds by turns, so that what else the machine does hits all alike. */
export async function compareCalls(
  peers: Peers,
  ask: (engine: EngineClient, name: keyof Peers) => Promise<unknown>,
): Promise<Readonly<Record<keyof Peers, number>>> {
  const taken: Record<keyof Peers, number[]> = { ours: [], socket: [], tls: [] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const name of ["ours", "socket", "tls"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const times = await repeated(CALLS, () => ask(peers[name], name), 10);
      if (round >= 0) taken[name].push(...times);
    }
  }
  return { ours: median(taken.ours), socket: median(taken.socket), tls: median(taken.tls) };
}

/** What a call costs, of what it costs dockerd in the same run. */
export function callFigures(
  what: string,
  { ours, socket, tls }: Readonly<Record<keyof Peers, number>>,
): Figure[] {
  const figure = (name: string, peer: number): Figure => ({
    name: `${what}, of dockerd's ${name}, p50`,
    value: ours / peer,
    unit: "×",
    atMost: 1.5,
    detail: `${ours.toFixed(3)} ms to ${peer.toFixed(3)} ms`,
  });
  return [figure("over TLS", tls), figure("over a Unix socket", socket)];
}
