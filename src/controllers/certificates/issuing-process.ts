// A process of its own for issuing certificates, see issuer.ts. Ends with the process that has forked it.
import { readAuthority } from "./authority.ts";
import { issueAuthority, issueLeaf } from "./issue.ts";
import type { IssueAnswer, IssueQuestion } from "./issuer.ts";
import type { SecretData } from "./secret-data.ts";

process.on("message", (question: IssueQuestion) => {
  issue(question)
    .then((data): IssueAnswer => ({ id: question.id, data }))
    .catch((error: unknown): IssueAnswer => ({ id: question.id, error: String(error) }))
    .then((answer) => process.send?.(answer))
    .catch(() => process.exit(1));
});

async function issue({ nowMs, signer, ...wanted }: IssueQuestion): Promise<SecretData> {
  const authority = signer && readAuthority(signer, nowMs);
  if (typeof authority === "string") throw new Error(authority);
  if (wanted.issue === "authority") return issueAuthority(wanted.commonName, nowMs, authority);
  if (!authority) throw new Error("a certificate without anybody to sign it");
  return issueLeaf(authority, wanted.request, nowMs);
}
