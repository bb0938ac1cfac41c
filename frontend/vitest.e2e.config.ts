import { defineConfig } from "vitest/config";

// End-to-end tests: the built page in a real Chromium against the whole stack, one file after another.
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts", "e2e/pictures.ts"],
    exclude: process.argv.some((word) => word.endsWith("pictures.ts")) ? [] : ["e2e/pictures.ts"],
    globalSetup: "e2e/stack.ts",
    environment: "node",
    fileParallelism: false,
    retry: 1, // a shared machine may stall a browser for longer than a test waits
    testTimeout: 120_000,
    hookTimeout: 360_000,
    teardownTimeout: 90_000,
  },
});
