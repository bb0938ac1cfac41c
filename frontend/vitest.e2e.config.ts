import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** All files work on one database: what needs few labels goes first, what leaves many behind goes last. */
class ByLabels extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      moduleId.endsWith("models.test.ts") ? 0 : moduleId.endsWith("loop.test.ts") ? 2 : 1;
    return files.toSorted((a, b) => place(a) - place(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

// End-to-end tests: the built page in a real Chromium against the whole stack, one file after another.
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts", "e2e/pictures.ts"],
    exclude: process.argv.some((word) => word.endsWith("pictures.ts")) ? [] : ["e2e/pictures.ts"],
    globalSetup: "e2e/stack.ts",
    environment: "node",
    fileParallelism: false,
    sequence: { sequencer: ByLabels },
    retry: 1, // a shared machine may stall a browser for longer than a test waits
    testTimeout: 120_000,
    hookTimeout: 360_000,
    teardownTimeout: 90_000,
  },
});
