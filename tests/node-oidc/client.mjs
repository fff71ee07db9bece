// Signs in with openid-client as a relying party would, and says what came of it: one line of JSON per case.
// Reads {issuer, clientId, jwk, redirectUri, individualId, claims} from standard input.
import { text } from 'node:stream/consumers'
import * as oidc from 'openid-client'

const given = JSON.parse(await text(process.stdin))

async function privateKey(hash) {
  const { alg: _, ...jwk } = given.jwk
  const algorithm = { name: hash === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return { key, kid: given.jwk.kid }
}

async function discovered(alg) {
  return oidc.discovery(
    new URL(given.issuer),
    given.clientId,
    undefined,
    oidc.PrivateKeyJwt(await privateKey(alg)),
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] }
  )
}

async function signIn(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: given.redirectUri,
    scope: 'openid profile',
    claims: JSON.stringify({ userinfo: given.claims }),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    auto: given.individualId,
    ...more
  })
  const answer = await fetch(url, { redirect: 'manual' })
  return {
    location: new URL(answer.headers.get('location')),
    checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  }
}

async function whole(alg) {
  const config = await discovered(alg)
  const { location, checks } = await signIn(config)
  const tokens = await oidc.authorizationCodeGrant(config, location, checks)
  const claims = tokens.claims()
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
  return { claims, userinfo, expiresIn: tokens.expires_in }
}

const cases = {
  RS256: () => whole('RS256'),
  PS256: () => whole('PS256'),
  'code-twice': async () => {
    const config = await discovered('RS256')
    const { location, checks } = await signIn(config)
    await oidc.authorizationCodeGrant(config, location, checks)
    return oidc.authorizationCodeGrant(config, location, checks)
  },
  'other-verifier': async () => {
    const config = await discovered('RS256')
    const { location, checks } = await signIn(config)
    const other = { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }
    return oidc.authorizationCodeGrant(config, location, other)
  },
  denied: async () => {
    const config = await discovered('RS256')
    const { location, checks } = await signIn(config, { auto_consent: 'cancel' })
    return oidc.authorizationCodeGrant(config, location, checks)
  }
}

for (const name of given.cases) {
  try {
    console.log(JSON.stringify({ case: name, ok: true, ...(await cases[name]()) }))
  } catch (error) {
    const { code, status, error: oauth, error_description: description } = error
    const cause = error.cause?.code ?? error.cause?.message
    console.log(
      JSON.stringify({ case: name, ok: false, kind: error.name, code, status, oauth, description, cause })
    )
  }
}
