import { randomBytes } from "node:crypto";
import { proxySays } from "../vspc/extension.ts";
import type { HostConnection, HostConnectionListener } from "../vspc/host-connection.ts";
import { LineStream } from "./line-stream.ts";

const SECRET_BYTES = 8;
/** How long the old host may take to hang up once the VM is at the new one; what it still sends comes first. */
const OLD_HOST_MS = 1000;
/** How long a VM may take from its old host to its new one once the old one is gone. */
const LIMBO_MS = 2_000;
/** Of what nobody reads, so much is taken between pauses. */
const FLOOD_BYTES = 64 * 1024;
const FLOOD_PAUSE_MS = 500;

export interface LineEvents {
  /** Called once, when the line has ended. */
  ended(): void;
  /** The host says that it takes a VM over from another host's line, by that one's cookie. */
  peer(cookie: Buffer): void;
}

interface Move {
  /** Sequence and secret, by which the VM's new host names this line. */
  readonly cookie: Buffer;
  peer?: HostConnection;
}

/**
 * The serial line of one VM, over one connection after the other while hosts hand the VM on (vMotion, docs/serial-lines.md). It carries
 * one stream at a time; what comes while there is none is discarded.
 */
export class Line {
  readonly #events: LineEvents;
  #connection: HostConnection;
  #stream: LineStream | undefined;
  #move: Move | undefined;
  /** What waits for the line to be somewhere, at most one write: so whoever writes waits with it. */
  #held: { readonly data: Buffer; readonly done: () => void } | undefined;
  #undrained: (() => void) | undefined;
  #discarded = 0;
  #ended = false;

  constructor(connection: HostConnection, events: LineEvents) {
    this.#connection = connection;
    this.#events = events;
    connection.listener = this.#listen(connection);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Where the host is that has it. */
  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  /** Whether the VM is between two hosts: nothing gets through then, and nobody is to be blamed. */
  get moving(): boolean {
    return this.#move !== undefined;
  }

  /** Begins a stream on the line; the one before it is over. Ending it leaves the line as it is. */
  open(): LineStream {
    this.#stream?.destroy(new Error("the serial line was taken by another stream"));
    const stream = new LineStream({
      write: (data, done) => this.#write(data, done),
      resume: () => this.#connection.resume(),
      gone: () => {
        if (this.#stream !== stream) return;
        this.#stream = undefined;
        this.#held = undefined; // what a dead stream has said would only confuse the next
        this.#connection.resume();
      },
    });
    this.#stream = stream;
    this.#connection.resume();
    if (this.#ended) stream.destroy(new Error("the serial line has ended"));
    return stream;
  }

  /** Hangs up. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#move?.peer?.destroy();
    this.#move = undefined;
    this.#connection.destroy();
    this.#stream?.destroy(new Error("the serial line was cut"));
    this.#events.ended();
  }

  /** Ends the line, and gives its connection to another one. */
  surrender(): HostConnection {
    this.#ended = true;
    this.#stream?.destroy(new Error("the serial line became another one's"));
    this.#events.ended();
    return this.#connection;
  }

  /** Accepts a move from a host that we know nothing of: what was to be known, another console knew. */
  acceptMove(cookie: Buffer): void {
    this.#connection.say(proxySays.peerOk(cookie));
  }

  /** Whether a new host's connection is this line's, as its cookie says. */
  expects(cookie: Buffer): boolean {
    return this.#move?.cookie.equals(cookie) === true;
  }

  /** Takes the connection of the host to which the VM moves; it counts from `VMOTION-COMPLETE` on. */
  welcome(peer: HostConnection): void {
    const move = this.#move;
    if (move === undefined) return peer.destroy();
    move.peer?.destroy();
    move.peer = peer;
    peer.listener = {
      vmotionComplete: () => this.#complete(peer),
      closed: () => {
        if (move.peer === peer) delete move.peer;
        if (this.#connection.destroyed) this.end();
      },
    };
    peer.say(proxySays.peerOk(move.cookie));
  }

  #complete(peer: HostConnection): void {
    const old = this.#connection;
    this.#connection = peer;
    this.#move = undefined;
    const early: Buffer[] = [];
    peer.listener = {
      ...this.#listen(peer),
      data: (data) => {
        early.push(data);
        peer.pause();
      },
    };
    const follow = () => {
      clearTimeout(timer);
      old.listener = {};
      if (this.#connection !== peer) return;
      peer.listener = this.#listen(peer);
      peer.resume();
      for (const data of early) this.#receive(data);
      if (peer.destroyed) this.end();
    };
    const timer = setTimeout(() => {
      old.destroy();
      follow();
    }, OLD_HOST_MS);
    old.listener = { data: (data) => this.#receive(data), closed: follow };
    old.resume();
    if (old.destroyed) follow();
    const undrained = this.#undrained;
    this.#undrained = undefined;
    undrained?.();
    this.#release();
  }

  #listen(connection: HostConnection): HostConnectionListener {
    return {
      data: (data) => this.#receive(data),
      drain: () => {
        const done = this.#undrained;
        this.#undrained = undefined;
        done?.();
      },
      vmotionBegin: (sequence) => {
        const cookie = Buffer.concat([sequence, randomBytes(SECRET_BYTES)]);
        this.#move?.peer?.destroy();
        this.#move = { cookie };
        connection.say(proxySays.goahead(cookie));
      },
      vmotionPeer: (cookie) => this.#events.peer(cookie),
      vmotionAbort: () => {
        const move = this.#move;
        this.#move = undefined;
        move?.peer?.destroy();
        this.#release();
      },
      closed: () => {
        if (this.#connection !== connection) return;
        const move = this.#move;
        if (move === undefined) return this.end();
        setTimeout(() => this.#move === move && this.end(), LIMBO_MS).unref();
      },
    };
  }

  #receive(data: Buffer): void {
    if (this.#stream !== undefined) {
      if (!this.#stream.receive(data)) this.#connection.pause();
      return;
    }
    // A guest is quiet until it is spoken to. One that isn't may talk to itself, slowly.
    this.#discarded += data.length;
    if (this.#discarded < FLOOD_BYTES) return;
    this.#discarded = 0;
    const connection = this.#connection;
    connection.pause();
    setTimeout(() => connection.resume(), FLOOD_PAUSE_MS).unref();
  }

  #write(data: Buffer, done: () => void): void {
    if (this.#move !== undefined) this.#held = { data, done };
    else if (this.#connection.write(data)) done();
    else this.#undrained = done;
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && !this.#ended) this.#write(held.data, held.done);
  }
}
