import { DockerError } from "../errors.ts";

/** The parameter `filters`: which values each key may have. */
export class Filters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  private constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /**
   * Reads `{"key": {"value": true}}`, or, as clients before API 1.22 and docker-py write it, `{"key": ["value"]}`.
   *
   * @param accepted the keys that there are
   * @throws DockerError 400 in dockerd's words
   */
  static parse(text: string, accepted: readonly string[]): Filters {
    if (text === "") return new Filters(new Map());
    const values = new Map<string, readonly string[]>();
    for (const [key, value] of Object.entries(parseObject(text))) {
      if (!accepted.includes(key)) {
        throw new DockerError(400, `invalid filter '${key.slice(0, 64)}'`);
      }
      values.set(key, valuesOf(value));
    }
    return new Filters(values);
  }

  has(key: string): boolean {
    return (this.#values.get(key) ?? []).length > 0;
  }

  /** The same without one key. */
  without(key: string): Filters {
    return new Filters(new Map([...this.#values].filter(([each]) => each !== key)));
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  /** Whether nothing was said of the key, or one of its values is accepted. */
  any(key: string, accepts: (value: string) => boolean): boolean {
    return !this.has(key) || this.all(key).some(accepts);
  }

  /** Whether the labels have all that `label` names (`key` or `key=value`), and none that `label!` names. */
  matchesLabels(labels: Readonly<Record<string, string>> | undefined): boolean {
    const has = (wanted: string): boolean => hasLabel(labels ?? {}, wanted);
    return this.all("label").every(has) && !this.all("label!").some(has);
  }

  /** @throws DockerError 400 unless it is `true`, `1`, `false` or `0` */
  flag(key: string): boolean | undefined {
    if (!this.has(key)) return undefined;
    const values = this.all(key);
    const isTrue = values.some((value) => value === "1" || value === "true");
    const isFalse = values.some((value) => value === "0" || value === "false");
    if (isTrue !== isFalse) return isTrue;
    throw new DockerError(400, `invalid filter '${key}=[${values.join(" ").slice(0, 64)}]'`);
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DockerError(400, "invalid filter", error);
  }
  if (value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DockerError(400, "invalid filter");
}

function valuesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    if (value.every((each): each is string => typeof each === "string")) return value;
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.every(([, on]) => typeof on === "boolean"))
      return entries.filter(([, on]) => on as boolean).map(([each]) => each);
  } else if (value === null) {
    return [];
  }
  throw new DockerError(400, "invalid filter");
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf("=");
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, key)) return false;
  return equals < 0 || labels[key] === wanted.slice(equals + 1);
}
