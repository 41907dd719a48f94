import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { nothing, type Tally } from "./tally.ts";

/** An event of `go test -json` (go doc test2json). */
export interface GoEvent {
  Action: string;
  Package?: string;
  Test?: string;
  Output?: string;
}

/** Counts events as they come, and says what is worth showing. */
export class GoTestCounter {
  #tally: Tally = nothing;
  /** Output of tests that run; shown where they fail. */
  readonly #output = new Map<string, string>();
  /** Packages in which a test has failed, so that the package's own failure isn't counted again. */
  readonly #failing = new Set<string>();

  get tally(): Tally {
    return this.#tally;
  }

  /** Takes one event and returns the text to print for it, often none. */
  take(event: GoEvent): string {
    const name = event.Package ?? "";
    const key = `${name} ${event.Test ?? ""}`;
    switch (event.Action) {
      case "output":
      case "build-output":
        this.#output.set(key, (this.#output.get(key) ?? "") + (event.Output ?? ""));
        return "";
      case "pass":
        return this.#end(key, event.Test === undefined ? `ok   ${name}\n` : "", event, "passed");
      case "skip":
        return this.#end(key, "", event, "skipped");
      case "fail": {
        const text = this.#outputOf(event);
        this.#output.delete(key);
        if (event.Test === undefined && this.#failing.has(name)) return `${text}FAIL ${name}\n`;
        this.#failing.add(name);
        this.#tally = { ...this.#tally, failed: this.#tally.failed + 1 };
        return `${text}FAIL ${key.trim()}\n`;
      }
      default:
        return "";
    }
  }

  /** A test's output, or a package's with that of tests that never ended: what a timeout or a panic leaves. */
  #outputOf({ Package: name = "", Test }: GoEvent): string {
    const begins = `${name} ${Test ?? ""}`;
    const texts = [...this.#output].filter(([key]) =>
      Test === undefined ? key.startsWith(begins) : key === begins,
    );
    return texts.map(([, text]) => text).join("");
  }

  #end(key: string, text: string, event: GoEvent, how: "passed" | "skipped"): string {
    this.#output.delete(key);
    if (event.Test !== undefined) this.#tally = { ...this.#tally, [how]: this.#tally[how] + 1 };
    return text;
  }
}

/** Runs all tests of the Go module in `directory`. A run that ends badly without a failed test counts as one failure. */
export async function runGoTests(directory: string): Promise<Tally> {
  const counter = new GoTestCounter();
  // Two packages at a time: of each module's one boots machines, the others wait or are short.
  const child = spawn("go", ["test", "-p=2", "-json", "./..."], {
    cwd: directory,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      console.error(`go: ${error.message}`);
      resolve(null);
    });
    child.once("close", resolve);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(
      line.startsWith("{") ? counter.take(JSON.parse(line) as GoEvent) : `${line}\n`,
    );
  }
  const code = await ended;
  const { tally } = counter;
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}
