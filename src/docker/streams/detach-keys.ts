/** A sequence of detach keys can't be understood. */
export class DetachKeysError extends Error {
  override readonly name = "DetachKeysError";
}

/** Ctrl-p, ctrl-q. */
const DEFAULT_KEYS = Buffer.from([16, 17]);

/**
 * Reads what `--detach-keys` holds: keys separated by commas, each a character or `ctrl-` with a letter or one of `@ [ \ ] ^ _`.
 *
 * @returns the bytes; Docker's default where nothing was said
 * @throws DetachKeysError naming what is wrong
 */
export function parseDetachKeys(text: string | undefined): Buffer {
  if (text === undefined || text === "") return DEFAULT_KEYS;
  return Buffer.from(text.split(",").map(code));
}

function code(key: string): number {
  if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
  const letter = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1]?.toUpperCase();
  if (letter === undefined) throw new DetachKeysError(`Unknown character: '${key.slice(0, 32)}'`);
  return letter.charCodeAt(0) & 0x1f;
}

/** Looks for the keys in what is typed, also where they come in pieces. */
export class DetachScanner {
  readonly #keys: Buffer;
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /**
   * @returns what goes on to the process: keys that may yet become the sequence are held back, and given when they don't. `detached` once the
   *   sequence is complete; what came after it is dropped.
   */
  push(typed: Buffer): { readonly data: Buffer; readonly detached: boolean } {
    const out: number[] = [];
    for (const byte of typed) {
      if (byte !== this.#keys[this.#matched] && this.#matched > 0) {
        out.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte === this.#keys[this.#matched]) this.#matched += 1;
      else out.push(byte);
      if (this.#matched === this.#keys.length) return { data: Buffer.from(out), detached: true };
    }
    return { data: Buffer.from(out), detached: false };
  }

  /** What was held back when the input ends. */
  flush(): Buffer {
    const held = this.#keys.subarray(0, this.#matched);
    this.#matched = 0;
    return held;
  }
}
