/** Telnet's bytes (RFC 854, RFC 855). */
export const IAC = 255;
export const SE = 240;
export const SB = 250;

const VERBS = { 251: "will", 252: "wont", 253: "do", 254: "dont" } as const;
const VERB_CODES = { will: 251, wont: 252, do: 253, dont: 254 } as const;

export type TelnetVerb = keyof typeof VERB_CODES;

export type TelnetEvent =
  /** What is carried; a view of what was pushed where that was possible. */
  | { readonly type: "data"; readonly data: Buffer }
  | { readonly type: "option"; readonly verb: TelnetVerb; readonly option: number }
  | { readonly type: "subnegotiation"; readonly option: number; readonly payload: Buffer };

/** A peer that doesn't speak telnet as it must. */
export class TelnetError extends Error {
  override readonly name = "TelnetError";
}

/** Of one subnegotiation, in bytes; VMware's longest carry a URI or a name. */
const MAX_SUBNEGOTIATION = 4096;

/** Takes telnet apart, however the bytes are split. Commands that carry nothing (NOP, GA …) are skipped. */
export class TelnetDecoder {
  /** data; after IAC; after a verb; in a subnegotiation; after IAC in one. */
  private state: "data" | "iac" | "verb" | "sub" | "subIac" = "data";
  private verb: TelnetVerb = "dont";
  private sub: number[] = [];

  /** @throws TelnetError where a subnegotiation doesn't end */
  push(chunk: Buffer): TelnetEvent[] {
    const events: TelnetEvent[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.state === "data") {
        const iac = chunk.indexOf(IAC, at);
        const end = iac < 0 ? chunk.length : iac;
        if (end > at) events.push({ type: "data", data: chunk.subarray(at, end) });
        if (iac >= 0) this.state = "iac";
        at = end + 1;
      } else {
        const event = this.step(chunk[at++]!);
        if (event !== undefined) events.push(event);
      }
    }
    return events;
  }

  private step(byte: number): TelnetEvent | undefined {
    switch (this.state) {
      case "iac": {
        this.state = "data";
        if (byte === IAC) return { type: "data", data: Buffer.from([IAC]) };
        if (byte === SB) {
          this.state = "sub";
          this.sub = [];
        } else if (byte in VERBS) {
          this.verb = VERBS[byte as keyof typeof VERBS];
          this.state = "verb";
        }
        return undefined;
      }
      case "verb":
        this.state = "data";
        return { type: "option", verb: this.verb, option: byte };
      case "sub":
        if (byte === IAC) this.state = "subIac";
        else this.append(byte);
        return undefined;
      case "subIac":
        if (byte === IAC) {
          this.state = "sub";
          this.append(IAC);
          return undefined;
        }
        // SE; any other command ends it too: the peer has lost its thread.
        this.state = "data";
        return byte === SE && this.sub.length > 0 ? subnegotiation(this.sub) : undefined;
      case "data":
        return undefined;
    }
  }

  private append(byte: number): void {
    if (this.sub.push(byte) > MAX_SUBNEGOTIATION) {
      throw new TelnetError("a telnet subnegotiation doesn't end");
    }
  }
}

function subnegotiation([option = 0, ...payload]: number[]): TelnetEvent {
  return { type: "subnegotiation", option, payload: Buffer.from(payload) };
}

/** Data as it goes over the wire: each 255 twice. */
export function encodeData(data: Buffer): Buffer {
  let at = data.indexOf(IAC);
  if (at < 0) return data;
  const parts: Buffer[] = [];
  let from = 0;
  while (at >= 0) {
    parts.push(data.subarray(from, at + 1));
    from = at; // the byte itself begins the next part: so it is there twice
    at = data.indexOf(IAC, at + 1);
  }
  parts.push(data.subarray(from));
  return Buffer.concat(parts);
}

/** An offer, a demand, or an answer to one: three bytes (RFC 854). */
export const encodeOption = (verb: TelnetVerb, option: number): Buffer =>
  Buffer.from([IAC, VERB_CODES[verb], option]);

/** What an option that both agreed to has to say (RFC 855); the payload may hold any byte. */
export const encodeSubnegotiation = (option: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([IAC, SB, option]), encodeData(payload), Buffer.from([IAC, SE])]);
