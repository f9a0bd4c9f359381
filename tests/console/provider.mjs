// A certified OpenID provider (npm oidc-provider) with accounts in memory: whoever names themselves is signed in.
// Its parts come from the folder NODE_MODULES; its settings are ISSUER, JWK, CONSOLE (the console's address),
// CLIENT_SECRET (empty for a public client) and RESOURCE. Each event that a test counts is a line of its output.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { ISSUER, JWK, CONSOLE, CLIENT_SECRET, RESOURCE, NODE_MODULES } = process.env;
const found = createRequire(`${NODE_MODULES}/`).resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(found));

const provider = new Provider(ISSUER, {
  clients: [{
    client_id: "tandem-console",
    redirect_uris: [`${CONSOLE}/signed-in`],
    post_logout_redirect_uris: [`${CONSOLE}/signed-out`],
    grant_types: ["authorization_code", "refresh_token"],
    ...(CLIENT_SECRET ? { client_secret: CLIENT_SECRET } : { token_endpoint_auth_method: "none" }),
  }],
  jwks: { keys: [JSON.parse(JWK)] },
  cookies: { keys: ["a secret of tests"] },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  pkce: { required: () => true },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 86400, IdToken: 3600, Interaction: 600, RefreshToken: 86400, Session: 86400 },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: "partner", audience: "tandem", accessTokenFormat: "jwt" }),
    },
    rpInitiatedLogout: { logoutSource: (context, form) => { context.body = `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`; } },
  },
  // Nobody is asked for consent: a company gave it for everybody.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid profile offline_access");
    grant.addResourceScope(RESOURCE, "partner");
    await grant.save();
    return grant;
  },
});

for (const event of ["grant.success", "grant.error", "grant.revoked", "end_session.success", "authorization.error", "server_error"]) {
  provider.on(event, (context, error) => console.log(event, context?.oidc?.params?.grant_type ?? "", error instanceof Error ? `${error.message} ${error.error_description ?? ""}` : ""));
}

const asks = (uid) => `<form method="post" action="/interaction/${uid}"><input name="login"><button>Sign in</button><button name="cancel" value="yes">Cancel</button></form>`;

createServer(async (request, response) => {
  const [, uid] = /^\/interaction\/([\w-]+)$/.exec(request.url) ?? [];
  if (uid === undefined) return provider.callback()(request, response);
  if (request.method === "GET") return response.setHeader("Content-Type", "text/html").end(asks(uid));
  let body = "";
  for await (const part of request) body += part;
  const typed = new URLSearchParams(body);
  const cancelled = { error: "access_denied", error_description: "the person cancelled" };
  return provider.interactionFinished(request, response, typed.has("cancel") ? cancelled : { login: { accountId: typed.get("login") } });
}).listen(new URL(ISSUER).port, "127.0.0.1");
