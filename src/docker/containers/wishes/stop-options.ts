import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { DockerError } from "../../errors.ts";
import type { DockerQuery } from "../../http/query.ts";
import type { Tenant } from "../../tenant.ts";
import { signalName, signalNumber } from "../../translation/signals.ts";
import { imageOf } from "../lookup/image-of.ts";

/** How a stop differs from the container's own way to stop. */
export interface StopOptions {
  readonly signal?: string;
  readonly timeoutSeconds?: number;
}

const maxTimeoutSeconds = 86_400;

/**
 * `signal` and `t` of a stop or restart, where they aren't what the container does anyway. A negative `t` is for ever, which is a day here.
 *
 * @throws DockerError 400
 */
export function stopOptions(
  query: DockerQuery,
  tenant: Tenant,
  container: ContainerVM,
): StopOptions {
  const seconds = query.integer("t");
  const timeoutSeconds =
    seconds === undefined || seconds < 0 || seconds > maxTimeoutSeconds
      ? seconds && maxTimeoutSeconds
      : seconds;
  const text = query.text("signal");
  const number = text === "" ? undefined : signalNumber(text);
  if (text !== "" && number === undefined) {
    throw new DockerError(400, `invalid signal: ${text.slice(0, 64)}`);
  }
  const image = imageOf(tenant, container)?.status?.config;
  const own = signalNumber(container.spec.stopSignal ?? image?.stopSignal ?? "TERM");
  return {
    ...(number !== undefined && number !== own && { signal: signalName(number) }),
    ...(timeoutSeconds !== undefined &&
      timeoutSeconds !== container.spec.stopTimeoutSeconds && { timeoutSeconds }),
  };
}
