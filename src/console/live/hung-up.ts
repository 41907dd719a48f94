import type { AgentCommand } from "../sessions/agents.ts";

/** Runs what uses a command, and hangs up afterwards, or when the signal aborts. */
export async function* hungUp<Piece, T>(
  command: AgentCommand,
  signal: AbortSignal,
  use: AsyncGenerator<Piece, T>,
): AsyncGenerator<Piece, T> {
  const close = (): void => command.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    if (signal.aborted) close();
    return yield* use;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
