import type { ConsoleClient } from "./console-client.ts";

/** What proves a process to others of the installation; PEM. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
  /** Authorities that the other side's certificate may come from. */
  readonly ca: string;
}

export interface ConsoleClientOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** Ours, as they stand now (`vic-gateway-tls`); asked for with each new connection. Undefined: there are none yet. */
  credentials(): Promise<TlsCredentials | undefined>;
}

/** The console over HTTP/2 and mutual TLS. Connects when it is asked something first, and anew when that connection broke. */
export function createConsoleClient(_options: ConsoleClientOptions): ConsoleClient {
  throw new Error("to come");
}
