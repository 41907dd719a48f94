import type { MoRef } from "../moref.ts";
import type { VSphere } from "../vsphere.ts";

/** Key of the custom attribute of that name, which is defined (for all types) if it isn't yet. vCenter only. */
export declare function defineAttribute(vs: VSphere, name: string): Promise<number>;
/** Sets a custom attribute of an entity; an empty value removes it. */
export declare function setAttribute(
  vs: VSphere,
  entity: MoRef,
  key: number,
  value: string,
): Promise<void>;
/** Value of a custom attribute by its name; undefined if unset or undefined. */
export declare function readAttribute(
  vs: VSphere,
  entity: MoRef,
  name: string,
): Promise<string | undefined>;
/** Children of a folder with the value of one attribute; to find what an earlier run marked. */
export declare function listFolder(
  vs: VSphere,
  folder: MoRef,
  attribute?: string,
): Promise<{ ref: MoRef; name: string; value: string | undefined }[]>;
