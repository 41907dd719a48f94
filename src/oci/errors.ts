/**
 * Why an image could not be had. The codes are condition reasons too, so that `kubectl describe` and Docker say the same.
 * - `InvalidReference`, `UnsupportedImage`: the user must change the reference.
 * - `ImageNotFound`, `RegistryUnauthorized`, `RegistrySecretInvalid`: heals when somebody pushes the image or mends the credentials.
 * - `RegistryUnreachable`, `RegistryUntrusted`, `RegistryFailed`: heals when the registry does.
 * - `ManifestInvalid`, `DigestMismatch`: the registry answers with something other than what its digest says.
 */
export type ImageErrorCode =
  | "InvalidReference"
  | "UnsupportedImage"
  | "ImageNotFound"
  | "RegistryUnauthorized"
  | "RegistrySecretInvalid"
  | "RegistryUnreachable"
  | "RegistryUntrusted"
  | "RegistryFailed"
  | "ManifestInvalid"
  | "DigestMismatch";

export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ImageError";
    this.code = code;
  }
}
