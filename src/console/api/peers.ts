import { PassThrough } from "node:stream";
import type { OutputFrame, Session } from "../client/console-client.ts";
import { ask, readJson } from "../client/exchange.ts";
import { Http2Pool, type ReadCredentials } from "../client/http2-pool.ts";
import { sessionOf } from "../client/session-stream.ts";
import { drained } from "../links/drained.ts";
import type { OtherConsoles } from "../sessions/agent-router.ts";
import type { CommandStreams } from "../sessions/agents.ts";

const ASK_MS = 1_000;

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface PeersOptions {
  readonly addresses: readonly Address[];
  readonly credentials: ReadCredentials;
}

/** Other consoles of the installation. */
export class Peers implements OtherConsoles {
  readonly #origins: readonly string[];
  readonly #pool: Http2Pool;

  constructor(options: PeersOptions) {
    this.#origins = options.addresses.map(
      ({ host, port }) => `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    );
    this.#pool = new Http2Pool(options.credentials);
  }

  /** The origin of the console that has a line or a link to this guest, if one of them says so in time. */
  async holderOf(guestId: string): Promise<string | undefined> {
    if (this.#origins.length === 0) return undefined;
    const signal = AbortSignal.timeout(ASK_MS);
    const path = `/v1/guests/${guestId}`;
    const asked = this.#origins.map(async (origin) => {
      await readJson(await ask(this.#pool, origin, { method: "GET", path, signal }));
      return origin;
    });
    return Promise.any(asked).catch(() => undefined);
  }

  async start(
    guestId: string,
    name: string,
    signal: AbortSignal,
  ): Promise<CommandStreams | undefined> {
    const origin = await this.holderOf(guestId);
    if (origin === undefined) return undefined;
    const path = `/v1/guests/${guestId}/commands/${name}`;
    // Once it goes on, the signal has no say any more.
    const asking = new AbortController();
    const stop = () => asking.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      const asked = { method: "POST", path, signal: asking.signal } as const;
      return streamsOf(sessionOf(await ask(this.#pool, origin, asked)));
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** A session's frames as the streams of a command again. */
function streamsOf(session: Session): CommandStreams {
  const { stdin, output } = session;
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const ended = Promise.all([stdout, stderr].map((each) => once(each)));
  const gone = new AbortController();
  const exited = carry().finally(() => {
    stdout.end();
    stderr.end();
  });
  exited.catch(() => {});

  async function carry(): Promise<number> {
    for await (const frame of output as AsyncIterable<OutputFrame>) {
      if (frame.type === "exit") return finish(frame.exitCode);
      if (frame.type === "error") throw new Error(frame.message);
      const target = frame.type === "stdout" ? stdout : stderr;
      if (!target.write(frame.data)) await drained(target, gone.signal);
    }
    throw new Error("the other console ended the command");
  }
  function finish(exitCode: number): Promise<number> {
    stdout.end();
    stderr.end();
    return ended.then(() => exitCode);
  }
  return {
    stdin,
    stdout,
    stderr,
    exited,
    setWindow: (size) => session.resize(size),
    close() {
      gone.abort();
      session.close();
      stdout.destroy();
      stderr.destroy();
    },
  };
}

const once = (stream: PassThrough): Promise<void> =>
  new Promise((resolve) => stream.once("end", resolve).once("close", resolve));
