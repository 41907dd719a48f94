// Which child disks a host's keepers hold. Pure.

/**
 * Disks that one keeper holds: four SCSI controllers with 15 units each, as every version of
 * vSphere allows.
 */
export const KEEPER_DISKS = 60;

/** Units of one of them. */
export const CONTROLLER_DISKS = 15;

/** A child disk that a keeper has. */
export interface Kept {
  /** Device key. */
  readonly key: number;
  /** Chain id of the disk that it is a child of; undefined for a disk that isn't of ours. */
  readonly chainId: string | undefined;
}

/** A keeper as it stands. */
export interface ObservedKeeper {
  /** From 1. */
  readonly number: number;
  readonly isOff: boolean;
  readonly kept: readonly Kept[];
}

export type KeeperStep =
  /** It never runs: somebody powered it on. */
  | { readonly do: "powerOff"; readonly number: number }
  | { readonly do: "create"; readonly number: number; readonly chainIds: readonly string[] }
  | {
      readonly do: "change";
      readonly number: number;
      readonly add: readonly string[];
      readonly drop: readonly Kept[];
    }
  | { readonly do: "remove"; readonly number: number };

/**
 * The steps that make the keepers hold a child of each wanted disk, and of no other.
 *
 * @param wanted chain ids of images' top disks
 */
export function planKeepers(
  wanted: readonly string[],
  keepers: readonly ObservedKeeper[],
): KeeperStep[] {
  const open = new Set(wanted);
  const steps: KeeperStep[] = [];
  const plans = keepers
    .toSorted((a, b) => a.number - b.number)
    .map((keeper) => {
      const drop = keeper.kept.filter(
        ({ chainId }) => chainId === undefined || !open.delete(chainId),
      );
      return { keeper, drop, left: keeper.kept.length - drop.length };
    });
  for (const { keeper, drop, left } of plans) {
    const { number } = keeper;
    const add = [...open].slice(0, KEEPER_DISKS - left);
    for (const chainId of add) open.delete(chainId);
    if (left + add.length === 0) {
      steps.push({ do: "remove", number });
      continue;
    }
    if (!keeper.isOff) steps.push({ do: "powerOff", number });
    if (add.length + drop.length > 0) steps.push({ do: "change", number, add, drop });
  }
  const taken = new Set(keepers.map(({ number }) => number));
  for (let number = 1; open.size > 0; number++) {
    if (taken.has(number)) continue;
    const chainIds = [...open].slice(0, KEEPER_DISKS);
    for (const chainId of chainIds) open.delete(chainId);
    steps.push({ do: "create", number, chainIds });
  }
  return steps;
}
