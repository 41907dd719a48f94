/** At most ten names, sorted, so that the message doesn't flap. */
export function listed(names: readonly string[]): string {
  const sorted = names.toSorted();
  return sorted.length <= 10
    ? sorted.join(", ")
    : `${sorted.slice(0, 10).join(", ")} and ${sorted.length - 10} more`;
}
