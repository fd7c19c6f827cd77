// The app without a network: pages as they were last, and what they are made of. The API's answers are kept by the client's copy.
addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => {
    const { request } = event;
    const url = new URL(request.url);
    const isPage = request.mode === "navigate";
    if (request.method !== "GET" || url.origin !== location.origin || !(isPage || url.pathname.startsWith("/assets/"))) return;
    const key = isPage ? "/" : request;
    event.respondWith(
        caches.open("app").then(async kept => {
            const known = await kept.match(key);
            if (known && !isPage) return known; // the name of an asset is of its content
            const fresh = fetch(request).then(answer => (answer.ok && kept.put(key, answer.clone()), answer));
            return known ? fresh.catch(() => known) : fresh;
        }),
    );
});
