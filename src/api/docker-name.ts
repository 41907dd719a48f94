import { CONDITIONS } from "./conditions.ts";
import type { ContainerVM } from "./containervm.gen.ts";
import { idOfContainer } from "./identity.ts";

/** The name under which Docker tools know a container, if it holds it (condition `NameHeld`): unique in its VirtualContainerHost. */
export const dockerNameOf = ({ spec, metadata }: ContainerVM): string => spec.name ?? metadata.name;

/** Whether its name was somebody else's already: Docker knows it by its id alone then. */
export const lostItsName = ({ status }: ContainerVM): boolean =>
  status?.conditions?.some(
    ({ type, status: is }) => type === CONDITIONS.NameHeld && is === "False",
  ) ?? false;

/** The name that Docker shows, without slash; the first 12 digits of the id where another container has the name. */
export const shownName = (container: ContainerVM): string =>
  lostItsName(container) ? idOfContainer(container).slice(0, 12) : dockerNameOf(container);
