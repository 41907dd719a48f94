import { DockerError } from "../errors.ts";

/** What stands behind `?`, read as dockerd reads it. */
export class DockerQuery {
  readonly #search: URLSearchParams;

  constructor(search: string) {
    this.#search = new URLSearchParams(search);
  }

  has(name: string): boolean {
    return this.#search.has(name);
  }

  /** The first value; empty where there is none. */
  text(name: string): string {
    return this.#search.get(name) ?? "";
  }

  all(name: string): readonly string[] {
    return this.#search.getAll(name);
  }

  /** False for nothing, `0`, `no`, `false` and `none`; true for anything else, nonsense included. */
  flag(name: string, absent = false): boolean {
    if (!this.#search.has(name)) return absent;
    return !["", "0", "no", "false", "none"].includes(this.text(name).trim().toLowerCase());
  }

  /** @throws DockerError 500, as dockerd, for what isn't a whole number */
  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === "") return undefined;
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
      throw new DockerError(500, `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    }
    return value;
  }
}
