import type { Socket } from "node:net";

const HELLO = /^vic-agent\/1 ([0-9a-f]{64})$/;
const MAX_BYTES = 128;

/**
 * Reads the line by which an agent says who it is (docs/guest-protocol.md, "Link"); what follows stays in the socket.
 * It proves nothing: the SSH handshake does.
 * @throws Error where the line is something else, too long, too late, or the connection ends
 */
export function readHello(socket: Socket, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0);
    const settle = (result: string | Error) => {
      clearTimeout(timer);
      socket.off("readable", onReadable).off("close", onClose).off("error", onError);
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const onClose = () => settle(new Error("the connection ended before the agent said who it is"));
    const onError = (error: Error) => settle(error);
    const onReadable = () => {
      for (;;) {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) break;
        held = Buffer.concat([held, chunk]);
      }
      const end = held.indexOf("\n");
      if (end < 0 && held.length <= MAX_BYTES) return;
      const [, id] = HELLO.exec(held.subarray(0, Math.max(end, 0)).toString("latin1")) ?? [];
      if (id === undefined) return settle(new Error("the first line is not an agent's"));
      const rest = held.subarray(end + 1);
      if (rest.length > 0) socket.unshift(rest);
      settle(id);
    };
    const timer = setTimeout(
      () => settle(new Error("the agent didn't say in time who it is")),
      timeoutMs,
    );
    socket.on("readable", onReadable).on("close", onClose).on("error", onError);
  });
}
