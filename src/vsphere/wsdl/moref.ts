/** A managed object reference: how vSphere names an object of its inventory, valid for the life of that object on one server. */
export interface MoRef<Type extends string = string> {
  readonly type: Type;
  readonly value: string;
}

/** Reference of a Task, as returned by every `…_Task` method. */
export type TaskRef = MoRef<"Task">;

/** Text form `Type:value`, for map keys, status fields and logs. */
export function morefKey(ref: MoRef): string {
  return `${ref.type}:${ref.value}`;
}

/** Inverse of {@link morefKey}; undefined if the text isn't of that form. */
export function parseMoref(text: string): MoRef | undefined {
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) return undefined;
  return { type: text.slice(0, colon), value: text.slice(colon + 1) };
}

/** Whether both name the same object. */
export function sameMoref(a: MoRef | undefined, b: MoRef | undefined): boolean {
  return a !== undefined && b !== undefined && a.type === b.type && a.value === b.value;
}

/** Reference of a given type, e.g. one whose value stands in a status. */
export function moref<Type extends string>(type: Type, value: string): MoRef<Type> {
  return { type, value };
}
