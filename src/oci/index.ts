export { type ChainDisk, type Layer, planChain } from "./chain.ts";
export { ImageError, type ImageErrorCode } from "./errors.ts";
export { type ImageConfig, type ResolvedImage, resolveImage } from "./image.ts";
export { checkLogin } from "./login.ts";
export { formatReference, type ImageReference, parseReference } from "./reference.ts";
export { printable } from "./printable.ts";
export { RepositoryClient } from "./registry.ts";
export {
  type RegistryCredentials,
  type RegistrySettings,
  parseDockerConfig,
  type RegistrySpec,
  readRegistrySettings,
} from "./settings.ts";
