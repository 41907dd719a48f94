export { type ChainDisk, type Layer, MAX_IMAGE_DISKS, planChain } from "./chain.ts";
export type { RegistrySettings } from "./endpoint.ts";
export { ImageError, type ImageErrorCode } from "./errors.ts";
export { type ImageConfig, type ResolvedImage, resolveImage } from "./image.ts";
export { formatReference, type ImageReference, parseReference } from "./reference.ts";
export { RepositoryClient } from "./registry.ts";
