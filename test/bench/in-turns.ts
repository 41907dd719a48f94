/** Does something with each name, so many at a time. */
export async function inTurns(
  names: readonly string[],
  atOnce: number,
  act: (name: string) => Promise<void>,
): Promise<void> {
  // One iterator for all: each takes the next that is left.
  const left = names.values();
  const worker = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop
    for (const name of left) await act(name);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
