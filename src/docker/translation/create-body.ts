import { DockerError } from "../errors.ts";

/** A body of `POST /containers/create`, as it came: nobody has checked its types. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value asks for nothing: null, false, 0, "", and what is empty. A map with a key isn't, whatever stands behind it. */
export function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

const wrongType = (name: string, value: unknown, wanted: string): DockerError => {
  const found = Array.isArray(value) ? "array" : typeof value;
  return new DockerError(
    400,
    `invalid JSON: json: cannot unmarshal ${found === "boolean" ? "bool" : found} into Go struct field ${name} of type ${wanted}`,
  );
};

/** Reads fields of one object with the types that dockerd wants, absent and null as nothing. */
export class FieldReader {
  readonly #object: Json;
  readonly #prefix: string;

  /** @param prefix what stands before a field's name in messages */
  constructor(object: Json, prefix: string) {
    this.#object = object;
    this.#prefix = prefix;
  }

  text(name: string): string {
    return (this.#read(name, "string", (value) => typeof value === "string") ?? "") as string;
  }

  flag(name: string): boolean {
    return (this.#read(name, "bool", (value) => typeof value === "boolean") ?? false) as boolean;
  }

  integer(name: string): number | undefined {
    return this.#read(name, "int", Number.isSafeInteger) as number | undefined;
  }

  object(name: string): Json {
    const isObject = (value: unknown): boolean =>
      typeof value === "object" && value !== null && !Array.isArray(value);
    return (this.#read(name, "map", isObject) ?? {}) as Json;
  }

  texts(name: string): readonly string[] | undefined {
    return this.#read(name, "[]string", isTexts) as readonly string[] | undefined;
  }

  textMap(name: string): Readonly<Record<string, string>> {
    const map = this.object(name);
    const wrong = Object.values(map).find((value) => typeof value !== "string");
    if (wrong !== undefined) throw wrongType(this.#prefix + name, wrong, "string");
    return map as Readonly<Record<string, string>>;
  }

  /** A list of words, or one alone. */
  words(name: string): readonly string[] | undefined {
    const value = this.#object[name];
    return typeof value === "string" ? [value] : this.texts(name);
  }

  /** Undefined for what is absent or null. */
  #read(name: string, type: string, is: (value: unknown) => boolean): unknown {
    const value = this.#object[name] ?? undefined;
    if (value === undefined || is(value)) return value;
    throw wrongType(this.#prefix + name, value, type);
  }
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
