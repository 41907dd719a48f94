/** What a VirtualContainerHost needs at least, for tests that no vSphere looks at. */
export const HOST_SPEC = {
  serverRef: { name: "server" },
  compute: { resourcePool: "pool" },
  imageStore: { datastore: "ds", path: "images" },
  networks: { bridge: { portGroup: "private" }, management: { portGroup: "VM Network" } },
} as const;
