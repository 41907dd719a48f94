// Provisional until the generator runs.
/* eslint-disable */
export type Methods = Record<string, { args: any; result: any }>;
export type VirtualMachineConfigSpec = any;
export type VirtualDeviceConfigSpec = any;
export type ResourceConfigSpec = any;
