import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeData,
  encodeOption,
  encodeSubnegotiation,
  IAC,
  TelnetDecoder,
  TelnetError,
  type TelnetEvent,
} from "./telnet.ts";

/** Bytes of which many are special. */
const bytes = (maxLength = 200) =>
  fc
    .array(fc.oneof(fc.constantFrom(IAC, 0, 240, 250, 251, 253, 232), fc.nat(255)), { maxLength })
    .map((list) => Buffer.from(list));

const piece = fc.oneof(
  bytes().map((data) => ({ event: { type: "data", data } as const, wire: encodeData(data) })),
  fc
    .record({ verb: fc.constantFrom("will", "wont", "do", "dont" as const), option: fc.nat(255) })
    .map(({ verb, option }) => ({
      event: { type: "option", verb, option } as const,
      wire: encodeOption(verb, option),
    })),
  fc.record({ option: fc.nat(254), payload: bytes(100) }).map(({ option, payload }) => ({
    event: { type: "subnegotiation", option, payload } as const,
    wire: encodeSubnegotiation(option, payload),
  })),
);

/** One text for all equal streams: neighbouring data are one. */
function meaning(events: readonly TelnetEvent[]): string[] {
  const said: string[] = [];
  let data = "";
  const flush = () => {
    if (data !== "") said.push(`data ${data}`);
    data = "";
  };
  for (const event of events) {
    if (event.type === "data") {
      data += event.data.toString("hex");
      continue;
    }
    flush();
    if (event.type === "option") said.push(`${event.verb} ${event.option}`);
    else said.push(`sub ${event.option} ${event.payload.toString("hex")}`);
  }
  flush();
  return said;
}

describe("telnet", () => {
  it("refuses a subnegotiation without end", () => {
    const decoder = new TelnetDecoder();
    decoder.push(Buffer.from([IAC, 250, 232]));
    expect(() => {
      for (let i = 0; i < 100; i++) decoder.push(Buffer.alloc(1024, 7));
    }).toThrow(TelnetError);
  });

  it("comes through whatever a stranger sends", () => {
    fc.assert(
      fc.property(fc.array(bytes(50)), (chunks) => {
        const decoder = new TelnetDecoder();
        for (const chunk of chunks) decoder.push(chunk);
      }),
    );
  });

  it("says the same, however its bytes are split", () => {
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(30)), (pieces, cuts) => {
        const wire = Buffer.concat(pieces.map((each) => each.wire));
        const decoder = new TelnetDecoder();
        const events: TelnetEvent[] = [];
        let at = 0;
        for (const cut of [...cuts, wire.length]) {
          events.push(...decoder.push(wire.subarray(at, at + cut)));
          at += cut;
        }
        events.push(...decoder.push(wire.subarray(at)));
        expect(meaning(events)).toEqual(meaning(pieces.map((each) => each.event)));
      }),
    );
  });

  it("goes on after commands that carry nothing", () => {
    const wire = Buffer.from([65, IAC, 241, 66, IAC, 249, IAC, 250, IAC, 240, 67]);
    expect(meaning(new TelnetDecoder().push(wire))).toEqual(["data 414243"]);
  });
});
