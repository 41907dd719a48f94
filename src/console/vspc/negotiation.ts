import { VMWARE_TELNET_EXT } from "./extension.ts";
import { encodeOption, type TelnetVerb } from "./telnet.ts";

const BINARY = 0;
const ECHO = 1;
const SUPPRESS_GO_AHEAD = 3;

/** What we do, and what the host is to do; everything else is refused. */
const OURS = [BINARY, SUPPRESS_GO_AHEAD, ECHO];
const THEIRS = [BINARY, SUPPRESS_GO_AHEAD, VMWARE_TELNET_EXT];

/**
 * Which telnet options are on (RFC 854: only changes are answered, so that two sides never answer each other for ever). All that we
 * want is asked for at once; what comes later from the host is its answer, or a wish of its own.
 */
export class Negotiation {
  private readonly ours = new Set(OURS);
  private readonly theirs = new Set(THEIRS);

  /** What is said first. */
  begin(): Buffer {
    return Buffer.concat([
      ...OURS.map((option) => encodeOption("will", option)),
      ...THEIRS.map((option) => encodeOption("do", option)),
    ]);
  }

  /** What is said to what the host said, if anything. */
  answer(verb: TelnetVerb, option: number): Buffer | undefined {
    switch (verb) {
      case "do":
        if (this.ours.has(option)) return undefined;
        if (!OURS.includes(option)) return encodeOption("wont", option);
        this.ours.add(option);
        return encodeOption("will", option);
      case "will":
        if (this.theirs.has(option)) return undefined;
        if (!THEIRS.includes(option)) return encodeOption("dont", option);
        this.theirs.add(option);
        return encodeOption("do", option);
      case "dont":
        return this.ours.delete(option) ? encodeOption("wont", option) : undefined;
      case "wont":
        return this.theirs.delete(option) ? encodeOption("dont", option) : undefined;
    }
  }
}
