import { INSTALLATION_SECRETS } from "../api/installation-secrets.ts";
import type { ConsoleClient } from "../console/client/console-client.ts";
import { createConsoleClient } from "../console/client/http-console-client.ts";
import type { KubeClient } from "../kube/client.ts";
import { secretKind } from "../kube/core-kinds.ts";
import { isNotFound } from "../kube/errors.ts";
import type { Address } from "./serving/listeners.ts";
import { readHostTls } from "./http/tls-context.ts";

/** Asks the console at an address, with the certificate that the operator has made for gateways. */
export const connectConsole = (
  client: KubeClient,
  namespace: string,
  address: Address,
): ConsoleClient =>
  createConsoleClient({
    address,
    async credentials() {
      try {
        return readHostTls(
          await client.get(secretKind, { namespace, name: INSTALLATION_SECRETS.gateway }),
        );
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
  });
