/** Python clients against a running gateway: the vendors' own, and the loop of a document as it is printed there. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'
import { isMp4, picture } from './pictures.ts'

const run = promisify(execFile)
const DOCUMENTS = join(import.meta.dirname, 'documents')
const PACKAGES = ['openai==3.52.0', 'replicate==1.0.7', 'requests==2.34.2']
const INSTALL_TIMEOUT_MS = 240_000
const SCRIPT_TIMEOUT_MS = 120_000

let folder: string
let python: { path: string } | { missing: string }
let genlock: GatewayProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genlock-python-'))
  python = await installPython(folder)
  if ('missing' in python) console.warn(`python.test.ts is skipped: ${python.missing}`)
  else genlock = await startGatewayProcess()
}, INSTALL_TIMEOUT_MS + 60_000)
afterAll(async () => {
  await genlock?.close()
  await rm(folder, { recursive: true, force: true })
})

test("OpenAI's Python client creates, polls, downloads, remixes, lists, and gets its own exceptions", async (context) => {
  const picturePath = join(folder, 'start.png')
  await writeFile(picturePath, await picture())
  const output = await runScript(context, 'openai-videos.py', [picturePath], { OPENAI_BASE_URL: `${genlock?.url}/v1`, OPENAI_API_KEY: genlock?.key })
  expect(JSON.parse(output)).toEqual({
    status: 'completed',
    progress: 100,
    framed: 'completed',
    remixed_from: true,
    failed: ['failed', 'content_policy'],
    listed: true,
    model: 'sora-2',
    errors: [['AuthenticationError', 401, 'unauthorized'], ['NotFoundError', 404, 'not_found'], ['BadRequestError', 400, 'invalid_request']],
  })
  for (const name of ['plain.mp4', 'framed.mp4']) expect(isMp4(await readFile(join(folder, name)))).toBe(true)
}, SCRIPT_TIMEOUT_MS)

test('the Python loop of the flat dialect’s document, changed in host and key only, ends with a video', async (context) => {
  const output = await runScript(context, 'yzx-videos.py', [], { GENLOCK_API_BASE: `${genlock?.url}/v1`, GENLOCK_KEY: genlock?.key })
  expect(output.trim()).toBe('done')
  expect(isMp4(await readFile(join(folder, 'result.mp4')))).toBe(true)
}, SCRIPT_TIMEOUT_MS)

test('the Python of VideoApi’s page, changed in host, key and picture only, makes a video', async (context) => {
  const picturePath = join(folder, 'image.png')
  await writeFile(picturePath, await picture())
  const output = await runScript(context, 'videoapi-console.py', [picturePath], { VIDEOAPI_BASE: genlock?.url, VIDEOAPI_KEY: genlock?.key })
  expect(output.trim()).toBe('completed')
  expect(isMp4(await readFile(join(folder, 'videoapi.mp4')))).toBe(true)
}, SCRIPT_TIMEOUT_MS)

test("Replicate's Python client runs, uploads, cancels, lists, and gets its own exceptions", async (context) => {
  const picturePath = join(folder, 'boat.png')
  await writeFile(picturePath, await picture())
  const output = await runScript(context, 'replicate-client.py', [picturePath], { REPLICATE_BASE_URL: genlock?.url, REPLICATE_API_TOKEN: genlock?.key })
  const { videos, pictures, ...rest } = JSON.parse(output) as { videos: string[]; pictures: string[] }
  for (const url of videos) expect(isMp4(new Uint8Array(await (await fetch(url)).arrayBuffer()))).toBe(true)
  expect({ videos: videos.length, pictures: pictures.length }).toEqual({ videos: 3, pictures: 1 })
  expect(rest).toEqual({
    cancelled: 'canceled',
    listed: true,
    models: true,
    account: 'genlock',
    errors: [['ModelError', 'failed', true], ['ReplicateError', 422, true], ['ReplicateError', 404, true]],
  })
}, SCRIPT_TIMEOUT_MS)

async function runScript(context: TestContext, name: string, words: string[], environment: Record<string, string | undefined>): Promise<string> {
  if ('missing' in python) return context.skip(python.missing)
  const { stdout } = await run(python.path, [join(DOCUMENTS, name), ...words], { cwd: folder, env: { ...process.env, ...environment }, timeout: SCRIPT_TIMEOUT_MS })
  return stdout
}

/** An environment with the packages, or why there is none. With CI=true and a Python, there has to be one. */
async function installPython(inFolder: string): Promise<{ path: string } | { missing: string }> {
  try {
    await run('python3', ['--version'])
  } catch {
    return { missing: 'there is no python3' }
  }
  const environment = join(inFolder, 'environment')
  try {
    await run('python3', ['-m', 'venv', environment], { timeout: INSTALL_TIMEOUT_MS })
    await run(join(environment, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], { timeout: INSTALL_TIMEOUT_MS })
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    return { missing: `${PACKAGES.join(', ')} cannot be installed: ${(error as Error).message.trim().split('\n').at(-1)}` }
  }
  return { path: join(environment, 'bin/python') }
}
