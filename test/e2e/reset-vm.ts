import https from "node:https";

/** Who resets, and where. */
export interface ResetAccount {
  /** Origin of the vCenter. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/**
 * "Reset" of the vSphere Client, which the product itself never calls; returns when the task has begun.
 *
 * @param vm value of the VM's reference
 */
export async function resetVm(account: ResetAccount, vm: string): Promise<void> {
  const { url, username, password } = account;
  const login = await call(
    url,
    `<Login><_this type="SessionManager">SessionManager</_this><userName>${username}</userName><password>${password}</password></Login>`,
  );
  await call(
    url,
    `<ResetVM_Task><_this type="VirtualMachine">${vm}</_this></ResetVM_Task>`,
    login.cookie,
  );
}

function call(origin: string, method: string, cookie = ""): Promise<{ readonly cookie: string }> {
  const body = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>${method.replace(">", ' xmlns="urn:vim25">')}</Body></Envelope>`;
  return new Promise((resolve, reject) => {
    const request = https.request(new URL("/sdk", origin), {
      method: "POST",
      headers: { "content-type": "text/xml", soapaction: "urn:vim25/6.5", cookie },
      // The lab's certificate is nobody's but its own.
      rejectUnauthorized: false,
      agent: false,
    });
    request.on("error", reject).on("response", (response) => {
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`${method}: ${response.statusCode}`));
      else resolve({ cookie: response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "" });
    });
    request.end(body);
  });
}
