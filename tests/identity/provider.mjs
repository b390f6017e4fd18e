// An OpenID provider on a free port of this machine: authorization code with PKCE, access tokens that are JWTs.
//
// Whoever is named by `login_hint` is signed in without a question. What a test needs beside the protocol is below /control/; it ends
// with its standard input.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import Provider from 'oidc-provider';

const AUDIENCE = 'https://nbinsight.example';
const REDIRECT = 'https://nbinsight.example/back';
const people = new Map();
const counts = new Map();
let keys = [];
let pages = [];
let provider;
let isAway = false;
let lifetime = 300;

const server = createServer(answer).listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

async function newKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: crypto.randomUUID() };
}

/** Begin to use the first of these keys, and show all of them: a provider takes its keys once. */
function use(chosen) {
  keys = chosen;
  provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: ['a key of cookies of a test'] },
    clients: [
      {
        client_id: 'viewer',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [REDIRECT],
      },
      ...pages.map((page) => ({
        client_id: 'page',
        application_type: 'native', // else no page of this machine may be a client
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [page],
      })),
    ],
    clientBasedCORS: (_, origin) => pages.some((page) => page.startsWith(`${origin}/`)),
    scopes: ['openid', 'nbinsight:write'],
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    extraTokenClaims: (_, token) => people.get(token.accountId),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'nbinsight:write',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetime,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
}

const controls = {
  person: ({ subject, claims }) => void people.set(subject, claims),
  count: ({ path }) => counts.get(path) ?? 0,
  /** Let a page in a browser be a client. */
  page: ({ address }) => {
    pages = [address];
    use(keys);
  },
  away: ({ away }) => void (isAway = away),
  lifetime: ({ seconds }) => void (lifetime = seconds),
  /** Sign with a new key, and show the old ones still. */
  rotate: async () => use([await newKey(), ...keys]),
  /** Show the newest key alone. */
  forget: () => use(keys.slice(0, 1)),
  /** Sign any claims with the newest key, under any header. */
  sign: async ({ header, claims }) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: keys[0].kid, ...header }).sign(await importJWK(keys[0], 'RS256')),
};

async function answer(request, response) {
  const { pathname } = new URL(request.url, issuer);
  const control = controls[pathname.replace('/control/', '')];
  if (control !== undefined) {
    const body = (await request.toArray()).join('');
    response.end(JSON.stringify((await control(JSON.parse(body))) ?? null));
  } else if (isAway) {
    request.socket.destroy();
  } else if (pathname.startsWith('/interaction/')) {
    await signIn(request, response);
  } else {
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1);
    await provider.callback()(request, response);
  }
}

async function signIn(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: params.login_hint, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(AUDIENCE, params.scope);
  const result = { login: { accountId: params.login_hint }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

use([await newKey()]);
console.log(JSON.stringify({ issuer, audience: AUDIENCE, redirect: REDIRECT }));
process.stdin.resume().on('end', () => process.exit());
