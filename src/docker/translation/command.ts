import type { ContainerVMSpec } from "../../api/containervm.gen.ts";

/** What an image says about running it, as far as it counts here. */
export interface ImageCommand {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
}

type Spec = Pick<ContainerVMSpec, "entrypoint" | "command">;

/**
 * `Entrypoint` and `Cmd` of a request as the specification of a container. `[""]` resets the image's entrypoint, with its command; an empty list
 * only the entrypoint.
 */
export function fromCommand(
  entrypoint: readonly string[] | undefined,
  command: readonly string[] | undefined,
  image: ImageCommand,
): Spec {
  const own = command?.length ? { command: [...command] } : {};
  if (entrypoint === undefined) return own;
  if (entrypoint.length === 1 && entrypoint[0] === "") return { entrypoint: [], ...own };
  if (entrypoint.length > 0) return { entrypoint: [...entrypoint], ...own };
  const inherited = image.cmd?.length ? { command: [...image.cmd] } : {};
  return { entrypoint: [], ...inherited, ...own };
}

/** `Entrypoint` and `Cmd` as they count, the image's where the container has none; null where there is nothing. */
export function mergedCommand(
  { entrypoint, command }: Spec,
  image: ImageCommand,
): { readonly entrypoint: readonly string[] | null; readonly cmd: readonly string[] | null } {
  const orNull = (words: readonly string[] | undefined): readonly string[] | null =>
    words?.length ? words : null;
  if (entrypoint !== undefined) return { entrypoint: orNull(entrypoint), cmd: orNull(command) };
  return { entrypoint: orNull(image.entrypoint), cmd: orNull(command) ?? orNull(image.cmd) };
}
