import type { ContainerVM } from "./containervm.gen.ts";

/** The name under which Docker tools know a container, if it holds it (condition `NameHeld`): unique in its VirtualContainerHost. */
export const dockerNameOf = ({ spec, metadata }: ContainerVM): string => spec.name ?? metadata.name;
