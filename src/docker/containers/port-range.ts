import { DockerError } from "../errors.ts";

/**
 * The filters `expose` and `publish`: `80`, `80/udp` or `8000-8080/tcp`.
 *
 * @param key for the message
 * @returns whether a port (`80/tcp`) is meant
 * @throws DockerError 500, as dockerd
 */
export function parsePorts(key: string, text: string): (port: string) => boolean {
  const [range = "", protocol = "tcp"] = text.split("/", 2);
  const [first, last = first] = range.split("-", 2).map((number) => {
    if (/^\d{1,5}$/.test(number)) return Number(number);
    throw new DockerError(
      500,
      `error while looking up for ${key} ${text.slice(0, 64)}: strconv.ParseUint: parsing ${JSON.stringify(number.slice(0, 64))}: invalid syntax`,
    );
  });
  return (port) => {
    const [number, type] = port.split("/");
    return type === protocol && Number(number) >= first! && Number(number) <= last!;
  };
}
