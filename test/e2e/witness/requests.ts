import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** A SOAP request as it went over the wire. */
export interface SoapRequest {
  readonly soapAction: string;
  readonly text: string;
}

/** What undici tells of a request that it is about to send; its header lines are names and values in turn. */
interface Sent {
  readonly request: {
    readonly path: string;
    readonly headers: readonly string[] | string;
    readonly body: unknown;
  };
}

/** Keeps what this process sends to vSphere, of requests that differ in names and numbers alone one. */
export class SentRequests {
  readonly #byShape = new Map<string, SoapRequest>();
  readonly #take = (message: unknown): void => {
    const { path, headers, body } = (message as Sent).request;
    if (path !== "/sdk") return;
    const text = Buffer.from(body as Uint8Array).toString();
    const lines = typeof headers === "string" ? headers.split("\r\n") : pairs(headers);
    const action = lines.find((line) => /^soapaction:/i.test(line)) ?? "";
    const request = { soapAction: action.replace(/^[^:]*:\s*/, ""), text };
    this.#byShape.set(`${action} ${shapeOf(text)}`, request);
  };

  constructor() {
    subscribe("undici:request:create", this.#take);
  }

  /** Ends the recording. */
  end(): readonly SoapRequest[] {
    unsubscribe("undici:request:create", this.#take);
    return [...this.#byShape.values()];
  }
}

function pairs(flat: readonly string[]): string[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${flat[at + 1]}`] : []));
}

/** Elements and their types, and texts without a number: those that aren't free are such. */
const shapeOf = (text: string): string =>
  text.replace(/<soap:Header>.*<\/soap:Header>/s, "").replace(/>[^<]*\d[^<]*</g, "><");
