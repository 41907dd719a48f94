import { DockerError } from "../errors.ts";

// Versions of the Docker Engine API are 1.x; only x is kept, since it alone ever changes.

/** The newest version that is spoken, and what a path without version means. */
export const MAX_MINOR = 51;
/** The oldest version that is spoken, as by dockerd 28. */
export const MIN_MINOR = 24;

export const formatVersion = (minor: number): string => `1.${minor}`;

/**
 * The minor version that a path demands, `1.41` in `/v1.41/info`.
 * @throws DockerError 400 in dockerd's words, for versions that aren't spoken
 */
export function parseVersion(text: string): number {
  const [major, minor] = text.split(".").map(Number);
  if (major === 1 && minor !== undefined && minor >= MIN_MINOR && minor <= MAX_MINOR) return minor;
  const isOld = major === 0 || (major === 1 && (minor ?? 0) < MIN_MINOR);
  throw new DockerError(
    400,
    isOld
      ? `client version ${text} is too old. Minimum supported API version is ${formatVersion(MIN_MINOR)}, please upgrade your client to a newer version`
      : `client version ${text} is too new. Maximum supported API version is ${formatVersion(MAX_MINOR)}`,
  );
}
