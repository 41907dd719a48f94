/** Whose bytes a frame carries: the process's, or an error of the engine itself, which clients report as such. */
export type StreamName = "stdout" | "stderr" | "error";

const codes = { stdout: 1, stderr: 2, error: 3 } as const;

/** One frame of Docker's multiplexed stream: type, three zeros, length as 32 bits big endian, payload (Docker Engine API, "Stream format"). */
export function stdcopyFrame(stream: StreamName, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = codes[stream];
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
