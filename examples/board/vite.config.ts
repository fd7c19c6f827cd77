import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
    plugins: [react()],
    // The client is linked, and must use the same React.
    resolve: { dedupe: ["react"] },
    // The API's cookie and passkeys want `localhost`, not `127.0.0.1`.
    server: { host: "localhost" },
    build: { chunkSizeWarningLimit: 600 },
});
