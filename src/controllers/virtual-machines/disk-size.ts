/** Size of an image's lowest disk, and so of all disks above it, containers' own included: thin, so that only what is written counts. */
export const DISK_KIB = 8 * 1024 * 1024;
