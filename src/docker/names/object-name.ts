/** Kubernetes' limit on DNS labels. */
const maximumLength = 63;

/**
 * Names that a ContainerVM may get, best first: Docker's, as a DNS label, and one with a part of the holder's random word. Nothing depends on it;
 * people see it in kubectl.
 */
export function objectNames(dockerName: string, holder: string): readonly [string, string] {
  const label = dockerName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const suffix = `-${holder.slice(0, 8)}`;
  const stem = label.slice(0, maximumLength - suffix.length).replace(/-+$/, "");
  const unique = `${stem === "" ? "c" : stem}${suffix}`;
  return [label === "" || label.length > maximumLength ? unique : label, unique];
}
