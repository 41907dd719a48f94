import { ConsoleError } from "../console/client/console-client.ts";
import { ApiError, TransportError } from "../kube/errors.ts";

/** An answer that isn't what was asked for: HTTP status and the text that Docker tools show. */
export class DockerError extends Error {
  override readonly name = "DockerError";
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** 304: it is so already. Without a body. */
export const notModified = (): DockerError => new DockerError(304, "");

export const noSuchContainer = (name: string): DockerError =>
  new DockerError(404, `No such container: ${name}`);

export const noSuchImage = (name: string): DockerError =>
  new DockerError(404, `No such image: ${name}`);

/** 400 for an option that can't be honoured. */
export const invalidParameter = (message: string): DockerError => new DockerError(400, message);

/** Any error as what the client is told. `undefined` where nothing is known of it: an error of ours, to be logged. */
export function toDockerError(error: unknown): DockerError | undefined {
  if (error instanceof DockerError) return error;
  if (error instanceof ConsoleError) return fromConsole(error);
  if (error instanceof ApiError) return fromApi(error);
  if (error instanceof TransportError) {
    return new DockerError(503, apiServerDown, error);
  }
  return undefined;
}

const apiServerDown =
  "the Kubernetes API server doesn't answer: nothing can be changed now, containers run on; try again later, or ask the platform team";

function fromConsole(error: ConsoleError): DockerError {
  if (error.reason === "Unavailable") {
    return new DockerError(503, `no console answers (${error.message}); try again later`, error);
  }
  return new DockerError(error.status, error.message, error);
}

function fromApi(error: ApiError): DockerError {
  const told = error.status.message ?? error.reason;
  switch (error.code) {
    case 401:
    case 403:
      return new DockerError(
        500,
        `the gateway may not do this in Kubernetes; the platform team has to grant it: ${told}`,
        error,
      );
    case 404:
      return new DockerError(404, told, error);
    case 409:
      return new DockerError(409, told, error);
    case 413:
    case 422:
      return new DockerError(400, told, error);
    case 429:
      return new DockerError(
        503,
        `the Kubernetes API server is overloaded; try again later`,
        error,
      );
    default:
      if (error.code >= 500) return new DockerError(503, apiServerDown, error);
      return new DockerError(500, told, error);
  }
}
