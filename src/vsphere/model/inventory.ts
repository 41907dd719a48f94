import type { MoRef } from "../wsdl/moref.ts";

/** What the inventory keeps of a VM, frozen; a change makes a new object. Absent: vSphere says nothing (yet). */
export interface VmRecord {
  readonly ref: MoRef<"VirtualMachine">;
  readonly name?: string;
  readonly instanceUuid?: string;
  readonly biosUuid?: string;
  readonly changeVersion?: string;
  readonly powerState?: "poweredOn" | "poweredOff" | "suspended";
  /** `connected`, `disconnected`, `orphaned`, `inaccessible` or `invalid`. */
  readonly connectionState?: string;
  readonly host?: MoRef;
  /** ISO 8601. */
  readonly bootTime?: string;
  /** Of a VM that is off: false where its host, or its VMX process, failed; true after a power-off in order, by the guest or by anybody's call. */
  readonly cleanPowerOff?: boolean;
  /** `guestToolsRunning`, `guestToolsNotRunning` or `guestToolsExecutingScripts`. */
  readonly toolsRunningStatus?: string;
  readonly ipAddress?: string;
  readonly hostName?: string;
  /** Its folder; a VM in a vApp has none. */
  readonly parent?: MoRef;
  readonly parentVApp?: MoRef;
  readonly resourcePool?: MoRef;
  /** `[ds] dir/file.vmx`. */
  readonly vmPathName?: string;
  readonly numCpu?: number;
  readonly memoryMiB?: number;
  /** Values of the keys named by {@link ConnectOptions.extraConfigKeys}. */
  readonly extraConfig: Readonly<Record<string, string>>;
}

/**
 * A VM came into, changed in or left what is watched; one that left may have been deleted, unregistered or moved elsewhere.
 * After a reconnect: only true differences.
 */
export interface VmChange {
  readonly kind: "enter" | "modify" | "leave";
  readonly ref: MoRef<"VirtualMachine">;
  /** State after the change; of a VM that left, the last known. */
  readonly vm: VmRecord;
  /** Names of the {@link VmRecord} fields that changed; `extraConfig.<key>` for keys. Empty for enter and leave. */
  readonly changed: ReadonlySet<string>;
}

/** Change of an object watched by {@link Inventory.watchObject}. */
export interface ObjectChange {
  readonly kind: "enter" | "modify" | "leave";
  readonly ref: MoRef;
  /** Values by property path, after the change. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly changed: ReadonlySet<string>;
}

/** A running watch. */
export interface Watch {
  /** Resolves when the first full set has been seen; rejects if the object doesn't exist or the watch is closed before. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** Ends the watch; its VMs leave unless another watch has them too. No leave is reported for them. */
  close(): Promise<void>;
}

/** Cache fed by the one long wait on a server. Reading it makes no call. */
export interface Inventory {
  /** Watches the VMs in a vApp, resource pool or folder, nested ones included. One view each, all in one filter. Counted: watching twice is one view. */
  watchVms(container: MoRef): Watch;
  /** Watches properties of one object by path, e.g. a vApp's `name`. The listener also hears `enter` with the first values and `leave` when it is deleted. */
  watchObject(
    ref: MoRef,
    paths: readonly string[],
    listener: (change: ObjectChange) => void,
  ): Watch;
  /** Called for each change, in order, after the whole update is in the cache. Returns how to stop. Throwing is logged. */
  onVmChange(listener: (change: VmChange) => void): () => void;
  /** Called each time a (re)sync is complete: what is missing now is gone. */
  onSynced(listener: () => void): () => void;
  vm(ref: MoRef): VmRecord | undefined;
  /** The newest with that UUID; of the VMs directly in a watched vApp, pool or folder, if that is given. */
  vmByInstanceUuid(uuid: string, container?: MoRef): VmRecord | undefined;
  /** Of the VMs directly in a watched vApp, pool or folder, those with that value of a key of extraConfig that is watched. */
  vmsByExtraConfig(key: string, value: string, container: MoRef): VmRecord[];
  /** VMs directly in a watched vApp, pool or folder; all watched ones, those in nested pools too, if left out. */
  vms(container?: MoRef): VmRecord[];
  /** Whether all watches of VMs have been filled and the wait stands. While false, absence proves nothing. */
  readonly synced: boolean;
  /** The same for one watched vApp, pool or folder, whatever becomes of the others. */
  isSynced(container: MoRef): boolean;
  /** Resolves when {@link synced}, at once if it is. */
  whenSynced(signal?: AbortSignal): Promise<void>;
}
