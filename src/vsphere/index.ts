/**
 * The vSphere client: sessions, faults, one property watch per server, tasks without a call per task, and thin
 * functions per noun. Knows no Kubernetes; the only importer of `soap`.
 */
export type {
  About,
  ConnectionState,
  ConnectOptions,
  LogEvent,
  Scope,
  TaskOutcome,
  Tasks,
  VSphere,
} from "./model/vsphere.ts";
export type { Inventory, ObjectChange, VmChange, VmRecord, Watch } from "./model/inventory.ts";
export { isMember } from "./inventory/vm-cache.ts";
export { type MoRef, moref, morefKey, parseMoref, sameMoref, type TaskRef } from "./wsdl/moref.ts";
export * from "./model/errors.ts";
export { existingObject, isFault, VSphereFault } from "./model/fault.ts";
export * from "./ops/capabilities.ts";
export { type Compute, findCompute, findHost, findResourcePool } from "./ops/compute.ts";
export * from "./ops/custom-attribute.ts";
export * from "./ops/datacenter.ts";
export * from "./ops/datastore-file.ts";
export * from "./ops/datastore-transfer.ts";
export * from "./ops/device.ts";
export * from "./ops/folder.ts";
export * from "./ops/lookup.ts";
export { forgetLookups } from "./ops/lookup-cache.ts";
export * from "./ops/managed-entity.ts";
export * from "./ops/privilege-check.ts";
export { OBJECT_STORE_NEEDS, privilegesAt, USUAL_NEEDS } from "./permissions/privileges.ts";
export { describeLacks, type Lack, PermissionDeniedError } from "./permissions/permission.ts";
export * from "./ops/port-group.ts";
export * from "./ops/resource-pool.ts";
export * from "./ops/standard-switch.ts";
export * from "./ops/survey.ts";
export * from "./ops/top-level-directory.ts";
export * from "./ops/virtual-app.ts";
export * from "./ops/virtual-machine.ts";

export { connect } from "./client.ts";
export { connectFiles, type FileAccess } from "./session/file-access.ts";
export { withScope } from "./session/ambient-scope.ts";
export type { VirtualMachineConfigSpec } from "./wsdl/vim.gen.ts";
export { type Properties, readProperties } from "./ops/properties.ts";
