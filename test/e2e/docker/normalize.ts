/** Ways to say how long ago something was. */
const span =
  /\b(?:(?:About )?an? (?:minute|hour)|Less than a second|\d+ (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?))\b/g;

/**
 * Layers of dockerd's that name themselves in its errors: containerd's shim and runc. Here a VM's first process starts the
 * program, and none of them is there to be named.
 */
const runtimes = "failed to create shim task: OCI runtime create failed: runc create failed: ";

/**
 * Makes what two engines have said comparable: identities, moments, durations and addresses differ between any two, and so
 * do the widths of columns that hold them.
 */
export function normalize(text: string): string {
  return text
    .replaceAll(runtimes, "")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<id>")
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, "<short id>")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>")
    .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \w+/g, "<time>")
    .replaceAll(span, "<span>")
    .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "<mac>")
    .replaceAll(/\b(?:172|10)\.\d+\.\d+\.\d+\b/g, "<address>")
    .replaceAll(/ {3,}/g, "   ");
}
