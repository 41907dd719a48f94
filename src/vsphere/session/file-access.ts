import { Readable } from "node:stream";
import { isFault } from "../model/fault.ts";
import { moref } from "../wsdl/moref.ts";
import { ambientScope } from "./ambient-scope.ts";
import { Connection } from "./connection.ts";
import type { Login } from "./session.ts";
import type { ConnectOptions, TransferResponse, VSphere } from "../model/vsphere.ts";

/** A server's datastore files, and nothing else of it: no watch, no keepalive, no call but for the session. */
export interface FileAccess extends Pick<VSphere, "transport"> {
  /** Logs out. Idempotent. */
  close(): Promise<void>;
}

/** Logs in as {@link connect} does, and rejects as it does. The session is made anew whenever the server ended it. */
export async function connectFiles(options: ConnectOptions): Promise<FileAccess> {
  const connection = await Connection.create(options);
  try {
    await connection.login();
  } catch (error) {
    await connection.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    transport: fileTransport(connection, undefined),
    close: () => (closing ??= connection.close()),
  };
}

/** HTTP with a connection's session; logs in again where that is over. */
export function fileTransport(
  connection: Connection,
  scope: AbortSignal | undefined,
): VSphere["transport"] {
  return {
    get username() {
      return connection.session.username;
    },
    request: async (path, options) => {
      const signal = options.signal ?? scope ?? ambientScope().signal;
      const send = async (login: Login): Promise<TransferResponse> => {
        connection.assertOpen();
        const cookie = login.cookie === undefined ? {} : { cookie: login.cookie };
        const headers = { ...options.headers, ...cookie };
        return connection.transport.request(path, {
          ...options,
          headers,
          ...(signal ? { signal } : {}),
        });
      };
      const login = await connection.login();
      const response = await send(login);
      // To whoever may not read and write files there, vCenter answers the same as without a session.
      if (response.statusCode !== 401 || (await isAlive(connection, login))) return response;
      connection.session.invalidate(login);
      // What was read from a stream can't be sent again: its caller tries anew.
      if (options.body instanceof Readable) return response;
      response.body.resume();
      return send(await connection.login());
    },
  };
}

const serviceInstance = moref("ServiceInstance", "ServiceInstance");

/** Whether the login's session still stands. */
async function isAlive(connection: Connection, login: Login): Promise<boolean> {
  try {
    await connection.callIn(login, "CurrentTime", serviceInstance, {});
    return true;
  } catch (error) {
    if (isFault(error, "NotAuthenticated")) return false;
    throw error;
  }
}
