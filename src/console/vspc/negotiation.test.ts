import { describe, expect, it } from "vitest";
import { Negotiation } from "./negotiation.ts";
import { TelnetDecoder } from "./telnet.ts";

const said = (bytes: Buffer | undefined) =>
  new TelnetDecoder()
    .push(bytes ?? Buffer.alloc(0))
    .map((event) => (event.type === "option" ? `${event.verb} ${event.option}` : event.type));

describe("what telnet options are on", () => {
  it("refuses an option that nobody here knows, each time", () => {
    const negotiation = new Negotiation();
    expect(said(negotiation.answer("do", 24))).toEqual(["wont 24"]);
    expect(said(negotiation.answer("will", 31))).toEqual(["dont 31"]);
    expect(said(negotiation.answer("will", 31))).toEqual(["dont 31"]);
  });

  it("asks for all it wants at once, and doesn't answer the answers", () => {
    const negotiation = new Negotiation();
    expect(said(negotiation.begin())).toEqual([
      "will 0",
      "will 3",
      "will 1",
      "do 0",
      "do 3",
      "do 232",
    ]);
    for (const option of [0, 3, 232]) expect(negotiation.answer("will", option)).toBeUndefined();
    for (const option of [0, 3, 1]) expect(negotiation.answer("do", option)).toBeUndefined();
  });

  it("takes a refusal, once, and a change of mind", () => {
    const negotiation = new Negotiation();
    expect(said(negotiation.answer("dont", 1))).toEqual(["wont 1"]);
    expect(negotiation.answer("dont", 1)).toBeUndefined();
    expect(said(negotiation.answer("do", 1))).toEqual(["will 1"]);
    expect(said(negotiation.answer("wont", 0))).toEqual(["dont 0"]);
    expect(said(negotiation.answer("will", 0))).toEqual(["do 0"]);
    expect(negotiation.answer("will", 0)).toBeUndefined();
  });
});
