import { defineConfig } from "@playwright/test";

/** The built app is served at this port; the API is where it was built for. */
const port = Number(process.env["PORT"] ?? 4173);
const baseURL = `http://localhost:${port}`;

export default defineConfig({
    testDir: "test",
    fullyParallel: true,
    workers: 2,
    // For machines that are busy with other tests.
    timeout: 90_000,
    expect: { timeout: 20_000 },
    reporter: "list",
    use: {
        baseURL,
        viewport: { width: 1280, height: 800 },
        launchOptions: { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] },
    },
    webServer: { command: `vite preview --port ${port} --strictPort`, url: baseURL },
});
