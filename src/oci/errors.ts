/**
 * Why an image could not be had. The codes are condition reasons too, so that `kubectl describe` and Docker say the same.
 * - `InvalidReference`, `UnsupportedImage`: the user must change the reference.
 * - `RegistryNotAllowed`: the host's spec must allow it, or the user take another registry.
 * - `ImageNotFound`, `RegistryUnauthorized`, `RegistrySecretInvalid`: heals when somebody pushes the image or mends the credentials.
 * - `RegistryUnreachable`, `RegistryUntrusted`, `RegistryFailed`: heals when the registry does.
 * - `ManifestInvalid`, `DigestMismatch`: the registry answers with something other than what its digest says.
 */
export type ImageErrorCode =
  | "InvalidReference"
  | "UnsupportedImage"
  | "RegistryNotAllowed"
  | "ImageNotFound"
  | "RegistryUnauthorized"
  | "RegistrySecretInvalid"
  | "RegistryUnreachable"
  | "RegistryUntrusted"
  | "RegistryFailed"
  | "ManifestInvalid"
  | "DigestMismatch";

/** An image that could not be had, and why. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;
  /** The registry's own words, where it had some: a code (distribution spec, "Error Codes") and a printable message. */
  readonly said: RegistryWords | undefined;

  constructor(
    code: ImageErrorCode,
    message: string,
    options?: ErrorOptions & { readonly said?: RegistryWords | undefined },
  ) {
    super(message, options);
    this.name = "ImageError";
    this.code = code;
    this.said = options?.said;
  }
}

export interface RegistryWords {
  /** `MANIFEST_UNKNOWN`, `NAME_UNKNOWN` … */
  readonly code: string;
  readonly message: string;
}
