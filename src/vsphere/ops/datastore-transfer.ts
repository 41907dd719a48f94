/** Files over the server's `/folder`, which vCenter proxies to a host (Virtual Disk & File access, vSphere Web Services SDK Programming Guide). */
import { Readable } from "node:stream";
import { FilePermissionError, FileTransferError, UnreachableError } from "../model/errors.ts";
import type { FileAccess } from "../session/file-access.ts";
import type { TransferResponse } from "../model/vsphere.ts";

type Files = Pick<FileAccess, "transport">;

/** Which datacenter and datastore a transfer addresses, by their inventory names. */
export interface FileLocation {
  /** Name, or path below the root folder. */
  datacenter: string;
  datastore: string;
  /** Within the datastore, no leading slash. */
  path: string;
}

/** What whoever reads or writes a file needs on its datacenter and its datastore (Programming Guide, "Privilege Requirements for HTTP Access"). */
const FILE_PRIVILEGES = ["Datastore.Browse", "Datastore.FileManagement"];

const textLimitBytes = 1 << 20;

function urlPath({ datacenter, datastore, path }: FileLocation): string {
  const query = new URLSearchParams({ dcPath: datacenter, dsName: datastore });
  return `/folder/${path.split("/").map(encodeURIComponent).join("/")}?${query.toString()}`;
}

/** The refusal of a transfer, with a little of what the server said. */
async function refusal(
  vs: Files,
  verb: string,
  where: FileLocation,
  response: TransferResponse,
): Promise<Error> {
  const text = await limitedText(response.body, 2_000).catch(() => "");
  const said = text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 200);
  const message = `${verb} [${where.datastore}] ${where.path}: HTTP ${response.statusCode}${said ? ` (${said})` : ""}`;
  if (response.statusCode >= 502 && response.statusCode <= 504)
    return new UnreachableError(message);
  if (response.statusCode === 401) {
    const { datacenter, datastore } = where;
    const needed = `${FILE_PRIVILEGES.join(" and ")} on datastore "${datastore}" and on datacenter "${datacenter}"`;
    return new FilePermissionError(
      `${message}: user ${vs.transport.username ?? "of the connection"} lacks one of ${needed}`,
    );
  }
  return new FileTransferError(response.statusCode, message);
}

/** Uploads, replacing what is there; the directory must exist. A Readable needs `size`, bytes. */
export async function uploadFile(
  vs: Files,
  where: FileLocation,
  content: Uint8Array | string | Readable,
  options: { size?: number; signal?: AbortSignal } = {},
): Promise<void> {
  if (content instanceof Readable && options.size === undefined)
    throw new TypeError("a stream needs its size");
  const size = content instanceof Readable ? options.size : Buffer.byteLength(content);
  const response = await vs.transport.request(urlPath(where), {
    method: "PUT",
    headers: { "content-type": "application/octet-stream", "content-length": String(size) },
    body: content,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (response.statusCode !== 200 && response.statusCode !== 201)
    throw await refusal(vs, "upload to", where, response);
  response.body.resume();
}

/** Downloads; undefined if there is no such file. Bytes from `start` to before `end`; nothing there (yet) is an empty stream. */
export async function downloadFile(
  vs: Files,
  where: FileLocation,
  options: { start?: number; end?: number; signal?: AbortSignal } = {},
): Promise<Readable | undefined> {
  const { start = 0, end } = options;
  const isPart = start > 0 || end !== undefined;
  const response = await vs.transport.request(urlPath(where), {
    method: "GET",
    headers: isPart ? { range: `bytes=${start}-${end === undefined ? "" : end - 1}` } : {},
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (response.statusCode === 206 || (response.statusCode === 200 && !isPart)) return response.body;
  // A server need not know ranges (RFC 9110, 14.2).
  if (response.statusCode === 200) return Readable.from(part(response.body, start, end));
  if (response.statusCode === 404 || response.statusCode === 416) {
    response.body.resume();
    return response.statusCode === 404 ? undefined : Readable.from([]);
  }
  throw await refusal(vs, "download of", where, response);
}

async function* part(
  body: Readable,
  start: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += piece.length;
    if (wanted.length > 0) yield wanted;
    if (at >= end) return;
  }
}

/** A file's size in bytes; undefined if there is no such file. */
export async function fileSize(
  vs: Files,
  where: FileLocation,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const response = await vs.transport.request(urlPath(where), {
    method: "HEAD",
    ...(signal ? { signal } : {}),
  });
  if (response.statusCode === 405 || response.statusCode === 501) {
    response.body.resume();
    return sizeByRange(vs, where, signal);
  }
  if (response.statusCode !== 200 && response.statusCode !== 404)
    throw await refusal(vs, "size of", where, response);
  response.body.resume();
  if (response.statusCode === 404) return undefined;
  const size = Number(response.headers["content-length"]);
  if (!Number.isSafeInteger(size))
    throw new FileTransferError(200, `size of [${where.datastore}] ${where.path}: it has none`);
  return size;
}

/** The size as a range's answer tells it, by a server that knows no HEAD (RFC 9110, 14.4). */
async function sizeByRange(
  vs: Files,
  where: FileLocation,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { statusCode, headers, body } = await vs.transport.request(urlPath(where), {
    method: "GET",
    headers: { range: "bytes=0-0" },
    ...(signal ? { signal } : {}),
  });
  if (statusCode === 404) {
    body.resume();
    return undefined;
  }
  if (statusCode !== 200 && statusCode !== 206 && statusCode !== 416)
    throw await refusal(vs, "size of", where, { statusCode, headers, body });
  const [, whole] = /^bytes .*\/(\d+)$/.exec(String(headers["content-range"])) ?? [];
  const size = Number(statusCode === 200 ? headers["content-length"] : whole);
  if (statusCode === 200) body.on("error", () => {}).destroy(); // the whole file would come
  else body.resume();
  if (!Number.isSafeInteger(size))
    throw new FileTransferError(
      statusCode,
      `size of [${where.datastore}] ${where.path}: none is told`,
    );
  return size;
}

/** Downloads a small text file whole (at most 1 MiB); undefined if there is none. */
export async function readTextFile(
  vs: Files,
  where: FileLocation,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const body = await downloadFile(vs, where, signal ? { signal } : {});
  return body && limitedText(body, textLimitBytes);
}

async function limitedText(body: Readable, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > limitBytes) throw new RangeError(`more than ${limitBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
