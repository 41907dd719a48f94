/** The seed of a storm, from `VIC_STORM_SEED` or by chance, told so that the storm can be had again. */
export function stormSeed(): number {
  const seed = Number(process.env["VIC_STORM_SEED"] ?? 1 + (Date.now() % 1_000_000));
  console.info(`VIC_STORM_SEED=${seed}`);
  return seed;
}
