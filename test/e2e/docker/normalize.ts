/** Ways to say how long ago something was. */
const span =
  /\b(?:(?:About )?an? (?:minute|hour)|Less than a second|\d+ (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?))\b/g;

/** Makes what two engines have said comparable: identities, moments, durations and addresses differ between any two. */
export function normalize(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<id>")
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, "<short id>")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>")
    .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \w+/g, "<time>")
    .replaceAll(span, "<span>")
    .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "<mac>")
    .replaceAll(/\b(?:172|10)\.\d+\.\d+\.\d+\b/g, "<address>");
}
