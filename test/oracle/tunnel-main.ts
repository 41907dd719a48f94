// A tunnel as a process of its own, which another network namespace needs: leads a port of its loopback to a socket file.
// Usage: node tunnel-main.ts <port> <socket file>. Ends with its standard input.
import { openTunnel } from "./tunnel.ts";

const [port, socket] = process.argv.slice(2);
if (port === undefined || socket === undefined) throw new Error("usage: <port> <socket file>");
await openTunnel({ host: "127.0.0.1", port: Number(port) }, { path: socket });
console.log("ready");
process.stdin.resume().once("end", () => process.exit());
