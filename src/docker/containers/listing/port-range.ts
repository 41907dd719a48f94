import { DockerError } from "../../errors.ts";

/**
 * The filters `expose` and `publish`: `80`, `80/udp` or `8000-8080/tcp`.
 *
 * @param key for the message
 * @returns whether a port (`80/tcp`) is meant
 * @throws DockerError 500, as dockerd
 */
export function parsePorts(key: string, text: string): (port: string) => boolean {
  const [, first = "", last = first, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  if (first === "" || Number(last) > 65_535) {
    const shown = JSON.stringify(text.slice(0, 64));
    throw new DockerError(
      500,
      `error while looking up for ${key} ${text.slice(0, 64)}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
    );
  }
  return (port) => {
    const [number, type] = port.split("/");
    return type === protocol && Number(number) >= Number(first) && Number(number) <= Number(last);
  };
}
