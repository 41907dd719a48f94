import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import path from "node:path";

/** An answer of an engine, read whole. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A client of the Engine API that does nothing but ask, over connections that stay open. */
export class EngineClient {
  readonly #send: (options: http.RequestOptions) => http.ClientRequest;
  readonly #agent: http.Agent;

  private constructor(
    agent: http.Agent,
    send: (options: http.RequestOptions) => http.ClientRequest,
  ) {
    this.#agent = agent;
    this.#send = send;
  }

  /** `variables` are docker's own: DOCKER_HOST, and DOCKER_CERT_PATH where it has TLS. */
  static async for(variables: NodeJS.ProcessEnv): Promise<EngineClient> {
    const { DOCKER_HOST = "", DOCKER_CERT_PATH } = variables;
    if (DOCKER_HOST.startsWith("unix://")) {
      const agent = new http.Agent({ keepAlive: true });
      const socketPath = DOCKER_HOST.slice("unix://".length);
      return new EngineClient(agent, (options) => http.request({ ...options, agent, socketPath }));
    }
    const { hostname, port } = new URL(DOCKER_HOST);
    const pem = (name: string) => readFile(path.join(DOCKER_CERT_PATH ?? "", name));
    const [ca, cert, key] = await Promise.all([pem("ca.pem"), pem("cert.pem"), pem("key.pem")]);
    const agent = new https.Agent({ keepAlive: true, ca, cert, key });
    return new EngineClient(agent, (options) =>
      https.request({ ...options, agent, host: hostname, port }),
    );
  }

  /** Asks, and gives the whole answer. A status is no error here. */
  async ask(method: string, target: string, body?: object): Promise<Answer> {
    const response = await this.begin(method, target, body);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
  }

  /** Asks, and gives the answer once its head is there. */
  begin(method: string, target: string, body?: object): Promise<http.IncomingMessage> {
    const content = body === undefined ? "" : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      this.#send({
        method,
        path: `/v1.51${target}`,
        headers: { "content-type": "application/json", "content-length": content.length },
      })
        .once("response", resolve)
        .once("error", reject)
        .end(content);
    });
  }

  /** Asks, and wants one of these statuses. */
  async want(
    statuses: readonly number[],
    ...request: Parameters<EngineClient["ask"]>
  ): Promise<string> {
    const { status, text } = await this.ask(...request);
    if (!statuses.includes(status))
      throw new Error(`${request[0]} ${request[1]}: ${status} ${text}`);
    return text;
  }

  close(): void {
    this.#agent.destroy();
  }
}
