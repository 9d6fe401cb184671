// Verifies a credential with the libraries of Digital Bazaar, and nothing from the network.
// Input on stdin: {credential, didDocument, contexts: {address: document}, statusList?}.
// Output: {verified, error?}.
import { readFileSync } from "node:fs";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import { contexts as credentialContexts } from "@digitalbazaar/credentials-context";
import * as vc from "@digitalbazaar/vc";

const asked = JSON.parse(readFileSync(0, "utf8"));
const documents = new Map(Object.entries(asked.contexts));
// Their own copy of the context of the W3C, not ours.
for (const [address, document] of credentialContexts) documents.set(address, document);
documents.set(asked.didDocument.id, asked.didDocument);
for (const method of asked.didDocument.verificationMethod) {
  documents.set(method.id, { "@context": "https://w3id.org/security/multikey/v1", ...method });
}

async function documentLoader(url) {
  if (!documents.has(url)) throw new Error(`not offline: ${url}`);
  return { contextUrl: null, documentUrl: url, document: documents.get(url) };
}

const suite = new DataIntegrityProof({ cryptosuite });
const done = await vc.verifyCredential({
  credential: asked.credential,
  suite,
  documentLoader,
  checkStatus: async () => ({ verified: true }),
});
const errors = done.error?.errors ?? (done.error ? [done.error] : []);
console.log(
  JSON.stringify({ verified: done.verified, errors: errors.map((error) => error.message) }),
);
