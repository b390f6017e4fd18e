// Signing in with an issuer: authorization code with PKCE. The token comes into this page's memory and nowhere else; what must outlive the
// way to the issuer and back (a secret that is of use once, for this page alone) waits in sessionStorage meanwhile.
import * as oauth from "oauth4webapi";

const KEY = "nbi-sign-in";

/** The issuers that people can sign in with: [{name, issuer, clientId, scope, parameters, token}]. */
export const issuersOf = (root) => JSON.parse(root.dataset.signIn || "[]");

const redirectUri = () => location.origin + location.pathname;
const insecure = (issuer) => ({ [oauth.allowInsecureRequests]: issuer.issuer.startsWith("http:") });

async function discover(issuer) {
  const address = new URL(issuer.issuer);
  const server = await oauth.processDiscoveryResponse(address, await oauth.discoveryRequest(address, { algorithm: "oidc", ...insecure(issuer) }));
  return { server, client: { client_id: issuer.clientId } };
}

/** Leave for the issuer's page. */
export async function leaveToSignIn(issuer) {
  const { server } = await discover(issuer);
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const wanted = {
    ...issuer.parameters,
    client_id: issuer.clientId,
    redirect_uri: redirectUri(),
    response_type: "code",
    scope: issuer.scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  sessionStorage.setItem(KEY, JSON.stringify({ name: issuer.name, verifier, state }));
  const address = new URL(server.authorization_endpoint);
  for (const [name, value] of Object.entries(wanted)) address.searchParams.set(name, value);
  location.assign(address);
}

/** The token that the issuer gives for the code it has just sent the user back with; null if they did not come from there. */
export async function tokenFromReturn(issuers) {
  const begun = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  const address = new URL(location);
  if (!begun || !address.searchParams.has("state")) return null;
  sessionStorage.removeItem(KEY);
  history.replaceState(history.state, "", location.pathname);
  const issuer = issuers.find(({ name }) => name === begun.name);
  if (!issuer) return null;
  const { server, client } = await discover(issuer);
  const code = oauth.validateAuthResponse(server, client, address, begun.state);
  const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), code, redirectUri(), begun.verifier, {
    additionalParameters: issuer.parameters,
    ...insecure(issuer),
  });
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer);
  return issuer.token === "id_token" ? tokens.id_token : tokens.access_token;
}
