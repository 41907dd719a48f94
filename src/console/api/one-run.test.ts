import { describe, expect, it } from "vitest";
import { ModelContainer } from "../../../test/consoles/guest-model.ts";
import { inThisRun } from "./one-run.ts";

const always = new AbortController().signal;

describe("what is asked of a run's guest", () => {
  const running = (): ModelContainer => {
    const container = new ModelContainer({ held: 1000 });
    container.begin();
    container.tellRunning();
    return container;
  };
  const attach = (container: ModelContainer) =>
    inThisRun(container.deps.containers, container.object, always, (signal) =>
      container.command("", "attach", {}, signal),
    );

  it("isn't asked of the next, where no line comes about before that", async () => {
    const container = running();
    container.lined = false;
    const asked = attach(container);
    container.exit(137);
    container.tellExited(137);
    container.begin();
    container.tellRunning();
    await expect(asked).rejects.toMatchObject({ status: 409, reason: "NotRunning" });
    container.lined = true;
    await expect(attach(container)).resolves.toMatchObject({ answer: { run: 2 } });
  });

  it("isn't asked of a container that is gone", async () => {
    const container = running();
    container.lined = false;
    const asked = attach(container);
    container.remove();
    await expect(asked).rejects.toMatchObject({ reason: "NotRunning" });
  });

  it("may answer while the run ends", async () => {
    const container = running();
    const answer = inThisRun(
      container.deps.containers,
      container.object,
      always,
      async (signal) => {
        container.tellExited(137);
        await Promise.resolve();
        return signal.aborted;
      },
    );
    expect(await answer).toBe(false);
  });
});
