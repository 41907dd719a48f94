import type { ImageProgress } from "../../../console/client/console-client.ts";

/** One line of a pull, as Docker's clients read it. */
export interface PullLine {
  readonly status: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly progress?: string;
  readonly id?: string;
}

type LayerState = "Waiting" | "Downloading" | "Unpacked" | "Known";

/** Turns states of layers into lines, each told once and in order, however the states come. Layers are known by the first 12 digits of their digest. */
export class ProgressLines {
  readonly #states = new Map<string, LayerState>();
  readonly #bytes = new Map<string, number>();

  /** The lines that a pull begins with. `known` are the layers that are there already. */
  begin(layers: readonly string[], known: ReadonlySet<string>): readonly PullLine[] {
    return [...new Set(layers)].map((digest) => {
      const isKnown = known.has(digest);
      this.#states.set(digest, isKnown ? "Known" : "Waiting");
      return line(digest, isKnown ? "Already exists" : "Pulling fs layer");
    });
  }

  update({ layers }: ImageProgress): readonly PullLine[] {
    return layers.flatMap(({ digest, state, bytes, size }) => {
      const before = this.#states.get(digest);
      if (before === undefined || before === "Unpacked" || before === "Known") return [];
      if (state === "Unpacked") return this.#complete(digest);
      if (state === "Waiting" || this.#bytes.get(digest) === bytes) return [];
      this.#bytes.set(digest, bytes);
      this.#states.set(digest, "Downloading");
      return [downloading(digest, bytes, size)];
    });
  }

  /** Whatever wasn't told yet. */
  end(): readonly PullLine[] {
    return [...this.#states]
      .filter(([, state]) => state === "Waiting" || state === "Downloading")
      .flatMap(([digest]) => this.#complete(digest));
  }

  #complete(digest: string): readonly PullLine[] {
    this.#states.set(digest, "Unpacked");
    return [line(digest, "Download complete"), line(digest, "Pull complete")];
  }
}

const shortId = (digest: string): string => digest.replace(/^sha256:/, "").slice(0, 12);

const line = (digest: string, status: string): PullLine => ({
  status,
  progressDetail: {},
  id: shortId(digest),
});

const downloading = (digest: string, current: number, total: number): PullLine => ({
  status: "Downloading",
  progressDetail: { current, total },
  progress: bar(current, total),
  id: shortId(digest),
});

const WIDTH = 50;

/** `[=====>      ]  1.2MB/5MB`, for clients that only print. */
function bar(current: number, total: number): string {
  if (total <= 0) return human(current);
  const filled = Math.min(WIDTH, Math.floor((current / total) * WIDTH));
  const arrow = filled < WIDTH ? ">" : "";
  const text = `${"=".repeat(filled)}${arrow}`.padEnd(WIDTH + 1);
  return `[${filled < WIDTH ? text : `${"=".repeat(WIDTH)}>`}]  ${human(current)}/${human(total)}`;
}

/** Four digits and a decimal unit. */
function human(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
