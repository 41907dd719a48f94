import { morefKey } from "../wsdl/moref.ts";
import type { VmRecord } from "../model/inventory.ts";

/** VMs by a value that hardly two of them share, such as a UUID: found without looking at all. */
export class VmIndex {
  readonly #valueOf: (vm: VmRecord) => string | undefined;
  /** Keys of references, the newest last. */
  readonly #refs = new Map<string, readonly string[]>();

  constructor(valueOf: (vm: VmRecord) => string | undefined) {
    this.#valueOf = valueOf;
  }

  /** Keys of the references of the VMs with a value, the newest last. */
  get(value: string): readonly string[] {
    return this.#refs.get(value) ?? [];
  }

  /** Takes a VM as it is now in place of what it was. */
  update(before: VmRecord | undefined, after: VmRecord | undefined): void {
    const [was, is] = [before && this.#valueOf(before), after && this.#valueOf(after)];
    if (was === is) return;
    if (before && was !== undefined) this.#leave(was, morefKey(before.ref));
    if (after && is !== undefined) this.#refs.set(is, [...this.get(is), morefKey(after.ref)]);
  }

  #leave(value: string, key: string): void {
    const others = this.get(value).filter((each) => each !== key);
    if (others.length > 0) this.#refs.set(value, others);
    else this.#refs.delete(value);
  }
}
