import type { Outcome } from "../../oracle/command.ts";

/** One docker command of a scenario. */
export interface Step {
  readonly args: readonly string[];
  readonly input?: string;
  /** The order of lines isn't said: they are sorted. */
  readonly unordered?: boolean;
  /** Where the gateway isn't like dockerd, and has good reason not to be: what differs, as the gateway says it. */
  readonly gateway?: Partial<Outcome> & { readonly reason: string };
  /** It only prepares or tidies up: what it says isn't compared. */
  readonly quiet?: boolean;
}

/** Commands that follow on one another. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A command line as one would type it, without what a shell makes of it but quotes. */
export const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );

/** A step. */
export const step = (line: string, more: Omit<Step, "args"> = {}): Step => ({
  args: words(line),
  ...more,
});

/** A step whose result isn't of interest. */
export const quietly = (line: string): Step => step(line, { quiet: true });

/** Steps that take containers away, whatever became of them. */
export const tidy = (...names: string[]): Step => quietly(`rm -f -v ${names.join(" ")}`);
