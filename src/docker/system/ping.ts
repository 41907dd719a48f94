import type { Handler } from "../route.ts";

/**
 * What every Docker client asks first. No `Builder-Version`: it would have `docker build` speak a protocol that isn't here.
 */
export const ping: Handler = async (request, response) => {
  const { raw } = response;
  raw.writeHead(200, {
    "Cache-Control": "no-cache, no-store, must-revalidate",
    Pragma: "no-cache",
    Swarm: "inactive",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": request.method === "HEAD" ? 0 : 2,
  });
  raw.end(request.method === "HEAD" ? undefined : "OK");
};
