import { CONDITIONS } from "../../../api/conditions.ts";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { shownName } from "../../../api/docker-name.ts";
import type { Informer } from "../../../kube/informer.ts";
import { keyOf } from "../../../kube/object.ts";
import { DockerError } from "../../errors.ts";
import { type Judge, waitFor } from "./waits.ts";

/** A VM that hasn't begun its process by then won't: hosts that are busy take minutes, broken ones for ever. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Waits for a start that was asked for, not for ever: a VM may fail to boot without anybody being told.
 *
 * @param asked as it was stored with the wish
 * @throws DockerError with what is known where it doesn't begin in time
 */
export async function begun(
  informer: Informer<ContainerVM>,
  asked: ContainerVM,
  judge: Judge<true>,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const patience = AbortSignal.timeout(patienceMs);
  try {
    await waitFor(informer, asked, judge, AbortSignal.any([signal, patience]));
  } catch (error) {
    if (error !== patience.reason || signal.aborted) throw error;
    const { status } = informer.store.get(keyOf(asked)) ?? asked;
    const ready = status?.conditions?.find(({ type }) => type === CONDITIONS.Ready);
    throw new DockerError(
      503,
      `container ${shownName(asked)} was asked to start and hasn't begun in time (${ready?.message ?? "nothing is known of its VM"}); it may still begin, and docker ps tells`,
      error,
    );
  }
}
