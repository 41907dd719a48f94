import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { ImageError } from "./errors.ts";
import { printable } from "./printable.ts";

/**
 * A body's chunks.
 * @param what is being read, for the error
 * @throws ImageError `RegistryUnreachable` where the connection ends before the body does; the signal's reason once it aborts
 */
export async function* chunksOf(
  body: Readable,
  what: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    signal?.throwIfAborted();
    throw new ImageError(
      "RegistryUnreachable",
      `the registry cut ${what} off: ${printable((error as Error).message)}`,
      { cause: error },
    );
  }
}

/** A small document, whole; `ManifestInvalid` where it isn't small. */
export async function readAtMost(
  body: Readable,
  limit: number,
  what: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(body, what, signal)) {
    size += chunk.length;
    if (size > limit)
      throw new ImageError(
        "ManifestInvalid",
        `the registry's answer for ${what} is larger than ${limit} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A blob's chunks, as many bytes as the manifest says: what follows them in a stream must not be taken for a part of them.
 * @throws ImageError `DigestMismatch` where there are more or fewer
 */
export async function* sizedChunks(
  body: Readable,
  { digest, size }: { readonly digest: string; readonly size: number },
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const wrong = (got: string) =>
    new ImageError(
      "DigestMismatch",
      `the registry sent ${got} bytes of layer ${digest}, whose manifest says ${size}`,
    );
  let sent = 0;
  for await (const chunk of chunksOf(body, `layer ${digest}`, signal)) {
    sent += chunk.length;
    if (sent > size) throw wrong("more");
    yield chunk;
  }
  if (sent < size) throw wrong(`only ${sent}`);
}

/** Checks bytes against the digest that they were asked for by; a tag fits all. */
export function checkDigest(bytes: Buffer, wanted: string): string {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (wanted.startsWith("sha256:") && wanted !== digest) {
    throw new ImageError(
      "DigestMismatch",
      `the registry answered ${digest} where ${wanted} was asked for`,
    );
  }
  return digest;
}
