import { defineConfig } from 'vitest/config'

/** Where to write the results as JSON, besides showing them; for .ci/run. */
const report = process.env['TEST_REPORT']

export default defineConfig({
  test: {
    include: ['apps/gateway/**/*.test.ts'],
    globalSetup: ['apps/gateway/test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A film takes two seconds of a core, and a machine that has others to serve takes its time.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    ...(report === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: report } }),
  },
})
