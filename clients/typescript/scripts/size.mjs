// Prints how many bytes the client adds to a page: bundled, minified, compressed with gzip.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";

const result = await build({
    entryPoints: ["src/index.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
});
const bytes = gzipSync(result.outputFiles[0].contents, { level: 9 }).length;
console.log(`${bytes} bytes`);
