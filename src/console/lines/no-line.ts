/** What is missing where no line to a container's VM came about, and what a person can do about it. */
export const noLineMessage = (guestId: string, reason = ""): string =>
  `No line to container ${guestId.slice(0, 12)}: ${reason === "" ? NOBODY_DIALLED : reason}`;

/** Hosts dial at power-on and after a break; one that doesn't dial again needs help (docs/vcenter-assumptions.md, L2). */
const NOBODY_DIALLED =
  "its ESXi host hasn't dialled the console. If it doesn't, restart the container, or disconnect and connect its VM's serial port 2 in vSphere";
