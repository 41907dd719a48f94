import { readAtMost } from "./body.ts";
import { ImageError, type RegistryWords } from "./errors.ts";
import type { Answer } from "./exchange.ts";
import { printable } from "./printable.ts";

const ERROR_BYTES = 64 * 1024;

/**
 * What it means that a registry answered something other than 200.
 * @param image as references write it
 * @param path in the repository, `manifests/…` or `blobs/…`
 */
export async function refusal(
  answer: Answer,
  endpoint: string,
  image: string,
  path: string,
): Promise<ImageError> {
  const body = await readAtMost(answer.body, ERROR_BYTES, "an error").catch(() => Buffer.alloc(0));
  const said = registryWords(body.toString("utf8"));
  const words = [said?.code, said?.message].filter(Boolean).join(" ");
  const where = `${endpoint} answered ${answer.statusCode} for ${image} (${path})${words && `: ${words}`}`;
  switch (answer.statusCode) {
    case 401:
    case 403:
      return new ImageError("RegistryUnauthorized", `${where}. Check the pull secret`);
    case 404:
      return path.startsWith("blobs/")
        ? new ImageError(
            "ImageNotFound",
            `a part of the image isn't there: ${where}. Push it again`,
          )
        : new ImageError(
            "ImageNotFound",
            `image ${image} not found: ${where}. Check the name and the tag`,
            { said },
          );
    default:
      return new ImageError("RegistryFailed", where);
  }
}

/** The first error of a registry's error document (distribution spec, "Error Codes"). */
function registryWords(text: string): RegistryWords | undefined {
  try {
    const document = JSON.parse(text) as {
      errors?: readonly { code?: unknown; message?: unknown }[];
    } | null;
    const { code, message } = document?.errors?.[0] ?? {};
    const word = (part: unknown): string => (typeof part === "string" ? printable(part) : "");
    return { code: word(code), message: word(message) };
  } catch {
    return undefined;
  }
}
