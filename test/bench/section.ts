import type { Figure } from "./figure.ts";

/** What a run of the benchmarks was asked for. */
export interface BenchOptions {
  /** Pairs of boots. */
  readonly pairs: number;
  /** Containers whose lives are counted. */
  readonly lives: number;
  /** Containers of the crowd. */
  readonly containers: number;
  readonly idleSeconds: number;
  /** Hears what goes on. */
  readonly note: (line: string) => void;
}

/** A part of the benchmarks, that can be run alone: starts what it needs, and leaves nothing. */
export type Section = (options: BenchOptions) => Promise<Figure[]>;
