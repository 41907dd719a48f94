import soap from "soap";
import { VSphereError } from "../model/errors.ts";
import { VSphereFault } from "../model/fault.ts";
import type { MoRef } from "../wsdl/moref.ts";
import { wsdl as wsdlText } from "../wsdl/wsdl.gen.ts";
import { decodeResponse, type FaultBody, NotSoapError } from "./decode.ts";
import { encodeArguments, type SoapNode } from "./encode.ts";
import type { Exchange, Transport } from "./transport.ts";

/** Carries a fault through the library's callbacks. */
class AnsweredFault extends Error {
  readonly fault: FaultBody;
  constructor(fault: FaultBody) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The library's WSDL with a reader of ours for responses. */
class VimWsdl extends soap.WSDL {
  override xmlToObject(xml: string): unknown {
    const body = decodeResponse(xml);
    if ("fault" in body) throw new AnsweredFault(body.fault);
    return { Body: { [`${body.method}Response`]: { result: body.result } } };
  }
}

type Method = (args: SoapNode, options: { exchange: Exchange }) => Promise<[{ result: unknown }]>;

/** Calls methods of the cut WSDL on one server; knows nothing of sessions. */
export class SoapClient {
  readonly #methods: Record<string, Method>;
  /** opIDs by the arguments that they go with, for the header. */
  readonly #opIds: WeakMap<object, string>;

  private constructor(methods: Record<string, Method>, opIds: WeakMap<object, string>) {
    this.#methods = methods;
    this.#opIds = opIds;
  }

  /** Makes a client; sends nothing. */
  static async create(transport: Transport): Promise<SoapClient> {
    const wsdl = new VimWsdl(wsdlText, "vim.wsdl", {});
    await new Promise<void>((resolve, reject) => {
      wsdl.onReady((error: Error | null | undefined) => (error ? reject(error) : resolve()));
    });
    // Values of open type are sent as xsd:string and the like, and the library leaves that prefix undeclared.
    wsdl.xmlnsInEnvelope += ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"';
    const httpClient = {
      request(
        url: string,
        xml: string,
        callback: (error: unknown, response?: unknown, body?: unknown) => void,
        headers?: Record<string, string>,
        options?: { exchange: Exchange },
      ) {
        const answered = transport.post(
          new URL(url).pathname,
          xml,
          headers ?? {},
          options!.exchange,
        );
        answered.then((text) => callback(null, {}, text), callback);
        return answered;
      },
    };
    const opIds = new WeakMap<object, string>();
    const client = new soap.Client(wsdl, `${transport.origin}/sdk`, {
      // The library's type wants axios's promise, which it never looks at.
      httpClient: httpClient as unknown as soap.IHttpClient,
    });
    client.addSoapHeader((_method: unknown, _location: unknown, _action: unknown, args: object) => {
      const opId = opIds.get(args);
      return opId === undefined
        ? ""
        : `<operationID xmlns="">${opId.replace(/[^\w.:/-]/g, "_")}</operationID>`;
    });
    // The library keeps its last texts for debugging: they are large, and one of them holds the password.
    for (const name of ["lastMessage", "lastRequest", "lastResponse"]) {
      Object.defineProperty(client, name, { get: () => undefined, set: () => {} });
    }
    return new SoapClient(client, opIds);
  }

  /** One call. Rejects with {@link VSphereFault} and this layer's other errors. */
  async call(
    method: string,
    self: MoRef,
    args: object,
    exchange: Exchange,
    opId?: string,
  ): Promise<unknown> {
    const node = encodeArguments(method, self, args);
    if (opId !== undefined) this.#opIds.set(node, opId);
    try {
      const [answer] = await this.#methods[`${method}Async`]!(node, { exchange });
      return answer.result;
    } catch (error) {
      if (error instanceof AnsweredFault) {
        throw new VSphereFault(error.fault.type, error.fault.message, error.fault.details, method);
      }
      if (error instanceof NotSoapError) throw new VSphereError("NotVSphere", error.message);
      throw error;
    }
  }
}
