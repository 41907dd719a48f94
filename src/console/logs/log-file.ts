/** A file that may grow while it is read. */
export interface LogFile {
  /** Its size now, in bytes; undefined where there is no such file. */
  size(signal: AbortSignal): Promise<number | undefined>;
  /** Its bytes from `start` to before `end`, or to the present end of the file; nothing where there is no such file. */
  read(start: number, end: number | undefined, signal: AbortSignal): AsyncIterable<Buffer>;
}
