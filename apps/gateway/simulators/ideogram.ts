import { createHmac } from 'node:crypto'
import sharp from 'sharp'
import { z } from 'zod'
import { faultOf, PATHS, sizeOf, type IdeogramPath, type IdeogramRequest } from './ideogram/fields.ts'
import { ideogramRefusals, ideogramSamples } from './ideogram/samples.ts'
import { parseJson, sentinelIn, startSimulator, type Answer, type IncomingCall, type Simulator, type SimulatorOptions, type Wire, type World } from './simulator.ts'

/**
 * Plays Ideogram as of June 2026: the paths of version 3 and the classic ones, each of which answers with the finished
 * pictures. Endings are asked for in the prompt: `[[sim:output_moderation]]`; `[[sim:partly_unsafe]]` for every other picture.
 */
export function simulateIdeogram(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator<IdeogramJob>(options, ideogramWire)
}

interface IdeogramJob {
  widthPixels: number
  heightPixels: number
}

const API_KEY = 'simulated-ideogram-key-77e0'
/** "one reseller measured ≈ 24 h". */
const RESULT_LIFETIME_SECONDS = 86_400

const SENTINELS = {
  input_moderation: '[[sim:input_moderation]]',
  output_moderation: '[[sim:output_moderation]]',
  rate_limited: '[[sim:rate_limited]]',
  no_money: '[[sim:no_money]]',
  server_error: '[[sim:server_error]]',
  no_result: '[[sim:no_result]]',
} as const

class IdeogramRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'IdeogramRefusal'
    this.status = status
  }

  answer(): Answer {
    return { status: this.status, json: { error: this.message } }
  }
}

const REFUSED_BY_SENTINEL: Record<string, IdeogramRefusal> = {
  input_moderation: new IdeogramRefusal(422, 'Prompt provided failed safety check due to the inclusion of prohibited content.'),
  rate_limited: new IdeogramRefusal(429, 'Too many requests in flight.'),
  no_money: new IdeogramRefusal(402, 'Insufficient credits.'),
  server_error: new IdeogramRefusal(500, 'Internal server error.'),
}

/** Side in pixels, of what is read off the source. */
const MAX_SIDE = 1024
const MAX_FILE_BYTES = 10 * 1024 * 1024

function ideogramWire(world: World<IdeogramJob>): Wire<IdeogramJob> {
  const signer = createHmac('sha256', String(world.random())).digest('hex')

  const route = (path: string, rules: IdeogramPath) => ({
    method: 'POST',
    path,
    operation: 'create' as const,
    async answer(call: IncomingCall): Promise<Answer> {
      try {
        if (call.headers['api-key'] !== API_KEY) throw new IdeogramRefusal(rules.refusesKeyWith ?? 401, 'Invalid API key.')
        const { fields, files } = await bodyOf(call, rules)
        return await work(path, { request: await checked(path, rules, { fields, files }), files })
      } catch (error) {
        if (error instanceof IdeogramRefusal) return error.answer()
        throw error
      }
    },
  })

  async function work(path: string, { request, files }: { request: IdeogramRequest; files: Files }): Promise<Answer> {
    const sentinel = sentinelIn(request.prompt ?? '') ?? ''
    const refusal = REFUSED_BY_SENTINEL[sentinel]
    if (refusal) throw refusal
    const source = await dimensionsOf((files.get('image') ?? files.get('image_file'))?.[0])
    const count = request.num_images ?? 1
    const [widthPixels, heightPixels] = sizeOf(request) ?? (path === '/upscale' ? [source[0] * 2, source[1] * 2] : path.includes('generate') || path.includes('remix') ? [1024, 1024] : source)
    const { id } = world.accept({ id: newId(world), body: { path, ...request }, ending: 'succeeded', details: { widthPixels, heightPixels }, immediate: true })
    if (path === '/describe') return { status: 200, json: { descriptions: [{ text: 'A small boat folded from paper, afloat on a stream.' }, { text: 'Paper boat, macro, morning light.' }] } }

    const data = Array.from({ length: count }, (_, index) => {
      const isSafe = sentinel !== 'output_moderation' && !(sentinel === 'partly_unsafe' && index % 2 === 1)
      return {
        url: isSafe ? resultUrl(id, index) : null,
        prompt: request.prompt ?? '',
        resolution: `${widthPixels}x${heightPixels}`,
        is_image_safe: isSafe,
        seed: (request.seed ?? Math.floor(world.random() * 2 ** 31)) + index,
        ...(request.style_type !== undefined && { style_type: request.style_type }),
        ...(path === '/upscale' && { upscaled_resolution: `${widthPixels}x${heightPixels}` }),
      }
    })
    return { status: 200, json: { created: new Date(world.nowMs()).toISOString(), data: sentinel === 'no_result' ? [] : data } }
  }

  function resultUrl(id: string, index: number): string {
    const endsAtSeconds = Math.floor(world.nowMs() / 1000) + RESULT_LIFETIME_SECONDS
    return `${world.origin()}/api/images/ephemeral/${id}-${index}.png?exp=${endsAtSeconds}&sig=${signatureOf(id, endsAtSeconds)}`
  }

  function signatureOf(id: string, endsAtSeconds: number): string {
    return createHmac('sha256', signer).update(`${id} ${endsAtSeconds}`).digest('hex')
  }

  async function download({ params, url }: IncomingCall): Promise<Answer> {
    const id = params['id'] ?? ''
    const shape = world.jobs.get(id)?.details
    const endsAtSeconds = Number(url.searchParams.get('exp'))
    if (shape === undefined || url.searchParams.get('sig') !== signatureOf(id, endsAtSeconds) || world.nowMs() / 1000 > endsAtSeconds) return { status: 403, json: { error: 'Link expired.' } }
    return { status: 200, file: { bytes: await world.media.png(shape), mediaType: 'image/png' } }
  }

  return {
    provider: 'ideogram',
    basePath: '',
    credential: { api_key: API_KEY },
    wrongCredential: { api_key: 'not-the-key-of-ideogram' },
    samples: ideogramSamples(),
    refusals: ideogramRefusals(),
    sentinels: SENTINELS,
    routes: [
      ...Object.entries(PATHS).map(([path, rules]) => route(path, rules)),
      { method: 'GET', path: '/models', operation: 'list', answer: ({ headers }) => (headers['api-key'] === API_KEY ? { status: 200, json: { models: [] } } : new IdeogramRefusal(401, 'Invalid API key.').answer()) },
      { method: 'GET', path: '/api/images/ephemeral/{id}-{index}.png', operation: 'download', answer: download },
    ],
    trouble: {
      server_error: { status: 500, json: { error: 'Internal server error.' } },
      busy: { status: 429, json: { error: 'Too many requests in flight.' } },
      unauthorized: { status: 401, json: { error: 'Invalid API key.' } },
      not_found: { status: 404, json: { error: 'Not found.' } },
    },
    // There are no words for how a job stands.
    withUnknownWord: (answer) => answer,
  }
}

type Files = ReadonlyMap<string, File[]>

/** The fields and files of a body, however it travels. */
async function bodyOf({ json, form, headers }: IncomingCall, { body }: IdeogramPath): Promise<{ fields: Record<string, unknown>; files: Files }> {
  const isForm = headers['content-type']?.startsWith('multipart/form-data') === true
  if (isForm ? body === 'json' : body !== 'json' && body !== 'both') throw new IdeogramRefusal(400, `This endpoint takes ${isForm ? 'application/json' : 'multipart/form-data'}.`)
  if (!isForm) {
    const given = body === 'json' ? z.strictObject({ image_request: z.record(z.string(), z.unknown()) }).safeParse(json).data?.image_request : json
    if (typeof given !== 'object' || given === null) throw new IdeogramRefusal(400, 'image_request is required.')
    return { fields: given as Record<string, unknown>, files: new Map() }
  }
  const fields: Record<string, unknown> = {}
  const files = new Map<string, File[]>()
  for (const [part, value] of (await form()).entries()) {
    const name = part.replace(/\[\]$/, '')
    if (typeof value !== 'string') files.set(name, [...(files.get(name) ?? []), value])
    else fields[name] = fields[name] === undefined ? value : [fields[name], value].flat()
  }
  if (body !== 'form_with_request') return { fields, files }
  const { image_request: request, ...others } = fields
  const parsed: unknown = typeof request === 'string' ? parseJson(request) : undefined
  if (typeof parsed !== 'object' || parsed === null) throw new IdeogramRefusal(400, 'image_request must be a JSON object.')
  return { fields: { ...others, ...parsed }, files }
}

async function checked(path: string, rules: IdeogramPath, { fields, files }: { fields: Record<string, unknown>; files: Files }): Promise<IdeogramRequest> {
  const parsed = rules.fields.safeParse(fields)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new IdeogramRefusal(400, `Invalid ${issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? 'body')}.`)
  }
  const request: IdeogramRequest = parsed.data
  const fault = faultOf(request, !path.startsWith('/v1/'), files)
  if (fault !== undefined) throw new IdeogramRefusal(400, fault)
  for (const name of files.keys()) if (!Object.hasOwn(rules.files, name)) throw new IdeogramRefusal(400, `Unexpected file ${name}.`)
  for (const [name, [least, most]] of Object.entries(rules.files)) {
    const count = files.get(name)?.length ?? 0
    if (count < least || count > most) throw new IdeogramRefusal(400, `${name}: ${count} files.`)
  }
  await checkFiles(files)
  return request
}

async function checkFiles(files: Files): Promise<void> {
  for (const [name, list] of files) {
    for (const file of list) {
      if (file.size > MAX_FILE_BYTES) throw new IdeogramRefusal(400, `${name} is larger than 10 MB.`)
      if (!['jpeg', 'png', 'webp'].includes(await formatOf(file))) throw new IdeogramRefusal(400, `${name} is not a JPEG, PNG or WebP.`)
    }
  }
  const [mask] = files.get('mask') ?? []
  const [source] = files.get('image') ?? files.get('image_file') ?? []
  if (mask === undefined) return
  if (String(await dimensionsOf(mask)) !== String(await dimensionsOf(source))) throw new IdeogramRefusal(400, 'The mask must be of the same size as the image.')
  const { channels: [shade] } = await sharp(await mask.arrayBuffer()).greyscale().stats()
  if (shade === undefined || shade.min > 10 || shade.max < 245) throw new IdeogramRefusal(400, 'The mask must contain both black and white regions.')
}

async function formatOf(file: File): Promise<string> {
  return sharp(await file.arrayBuffer()).metadata().then(({ format }) => format ?? '', () => '')
}

async function dimensionsOf(file: File | undefined): Promise<readonly [number, number]> {
  if (file === undefined) return [MAX_SIDE, MAX_SIDE]
  const { width, height } = await sharp(await file.arrayBuffer()).metadata()
  return [width, height]
}

function newId(world: World<IdeogramJob>): string {
  return Array.from({ length: 22 }, () => 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'[Math.floor(world.random() * 57)]).join('')
}
