// An OpenID provider for the tests: prints its issuer, and serves until its standard input ends. Who logs in as a base64url
// JSON object is told to be what it says.

import http from "node:http";
import { Provider } from "oidc-provider";

const back = "https://app.guildhall.test/back";

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    const provider = new Provider(issuer, {
        clients: [{ client_id: "guildhall", client_secret: "a secret of the tests & more", redirect_uris: [back] }],
        claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
        features: { registration: { enabled: true } },
        pkce: { required: () => true },
        findAccount: (_, id) => ({
            accountId: id,
            claims: () => JSON.parse(Buffer.from(id, "base64url").toString()),
        }),
    });
    server.on("request", provider.callback());
    console.log(issuer);
});

process.stdin.resume();
process.stdin.on("end", () => process.exit());
