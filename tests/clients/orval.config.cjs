module.exports = {
    guildhall: {
        input: "openapi.json",
        output: { target: "generated/orval.ts", client: "fetch", baseUrl: process.env.URL },
    },
};
