import { present } from '../../core/present.ts'
import { dataUri, urlOrDataUri } from '../job-input.ts'
import { readWithWhiteMask } from '../mask.ts'
import type { Job, JobInput } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import { SIZES, type Family } from './families.ts'
import { functionsOf } from './unfit.ts'

/** The body of a create. @throws UpstreamError refused, for materials that cannot be had or named. */
export async function createBody(job: Job, family: Family): Promise<Record<string, unknown>> {
  return { model: job.upstreamModel, input: await inputOf(job, family), parameters: parametersOf(job, family) }
}

async function inputOf(job: Job, family: Family): Promise<Record<string, unknown>> {
  const { request, upstreamModel } = job
  const { media, messages, ...fields } = await materialsOf(job, family)
  const prompt = promptOf(job, family)
  if (hasMessages(family)) return { messages: [{ role: 'user', content: [...(messages ?? []).map((image) => ({ image })), ...(prompt === '' ? [] : [{ text: prompt }])] }] }
  return {
    ...(family.vendor?.['function'] !== undefined && { function: functionsOf(upstreamModel, { operation: request.operation, masked: 'mask_image_url' in fields })[0] }),
    ...vendorOf(job, family, 'input'),
    ...(prompt !== '' && { prompt }),
    ...(request.negativePrompt !== undefined && { negative_prompt: request.negativePrompt }),
    ...fields,
    ...(media && { media }),
  }
}

function hasMessages({ path }: Family): boolean {
  return path === 'messages' || path === 'conversation'
}

interface Materials {
  media?: { type: string; url: string }[]
  messages?: string[]
  [field: string]: unknown
}

/** One after the other, in the order in which they were given: numbers in the prompt go by it. */
async function materialsOf({ inputs, request }: Job, { slots = [] }: Family): Promise<Materials> {
  const materials: Materials = {}
  for (const input of inputs) {
    const slot = slots.find(({ media, role }) => media === input.media && role === input.role)
    if (!slot) throw refusedFor(wrong('inputs', `This model takes no ${input.media} as ${input.role}`))
    // "white is the masked area".
    const url = input.role === 'mask' ? dataUri(await readWithWhiteMask(input, request)) : await addressOf(input)
    if ('type' in slot.to) materials.media = [...(materials.media ?? []), { type: slot.to.type, url }]
    else if (slot.to.list) materials[slot.to.field] = [...((materials[slot.to.field] as string[] | undefined) ?? []), url]
    else materials[slot.to.field] = url
  }
  return materials
}

/** "Data URIs are fine for images; videos and audios need URLs". */
function addressOf(input: JobInput): Promise<string> {
  if (input.media === 'image') return urlOrDataUri(input)
  if (input.url?.startsWith('https:') || input.url?.startsWith('http:')) return Promise.resolve(input.url)
  throw refusedFor(wrong('inputs', `A ${input.media} for this model must be at an address that is publicly reachable`))
}

function promptOf({ request, inputs }: Job, { references }: Family): string {
  const chinese = /\p{Script=Han}/u.test(request.prompt)
  const counted = inputs.filter(({ role }) => role === 'reference' || role === 'source')
  return translateReferences(request.prompt, inputs, ({ media, input, number }) => {
    if (references === undefined) return plainReference({ media, number })
    const place = counted.filter((each) => references === 'character' ? each.media !== 'audio' : each.media === input.media).indexOf(input) + 1
    // A frame beside references is none of them.
    if (place === 0) return chinese ? '首帧' : 'the first frame'
    if (references === 'character') return `character${place}`
    return references === 'both_languages' && chinese ? `${CHINESE[media]}${place}` : `${ENGLISH[media]} ${place}`
  })
}

const ENGLISH = { image: 'Image', video: 'Video', audio: 'Audio' } as const
const CHINESE = { image: '图', video: '视频', audio: '音频' } as const

function parametersOf(job: Job, family: Family): Record<string, unknown> {
  const { request, upstreamModel } = job
  const fields = {
    ...(family.watermarkDefault === undefined ? {} : { watermark: family.watermarkDefault }),
    ...vendorOf(job, family, 'parameters'),
    ...frameOf(job, family),
    duration: durationOf(job, family),
    prompt_extend: family.promptExtend ? request.enhancePrompt : undefined,
    seed: request.seed,
    audio: family.audio === 'switch' ? request.audio : undefined,
    // Of pictures only: "video is always 1". Qwen makes one, and has no word for it.
    n: request.kind === 'image' && family.maxCount !== undefined ? request.count : undefined,
    negative_prompt: hasMessages(family) ? request.negativePrompt : undefined,
    mode: upstreamModel.startsWith('wan2.2-animate') ? (request.quality ?? 'wan-std') : undefined,
    // What of the video is kept; the vendor has no default for it. Not confirmed for this model's other functions.
    control_condition: upstreamModel.startsWith('wanx2.1-vace') && request.operation === 'video_to_video' ? 'depth' : undefined,
  }
  return present(fields)
}

function frameOf({ request: { resolution, aspectRatio, size } }: Job, { frame, saysAdaptive }: Family): Record<string, unknown> {
  const tier = resolution === undefined ? {} : { resolution: resolution.toUpperCase() }
  switch (frame) {
    case 'none':
      return {}
    case 'pixels':
      return size === undefined ? (resolution === undefined ? {} : { size: resolution.toUpperCase() }) : { size: size.replace('x', '*') }
    case 'size': {
      const known = size?.replace('x', '*') ?? SIZES[resolution?.toLowerCase() ?? '']?.[aspectRatio ?? '16:9']
      return known === undefined ? {} : { size: known }
    }
    case 'tier':
      return tier
    case 'tier_and_ratio':
      return { ...tier, ...(aspectRatio !== undefined && (saysAdaptive || aspectRatio !== 'adaptive') && { ratio: aspectRatio }) }
  }
}

function durationOf({ request: { durationSeconds } }: Job, { seconds, autoSeconds, fixedSeconds }: Family): number | undefined {
  if (seconds === undefined || fixedSeconds) return undefined
  return durationSeconds === 'auto' ? autoSeconds : durationSeconds
}

function vendorOf({ request }: Job, { vendor = {} }: Family, place: 'input' | 'parameters'): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request.vendor ?? {}).filter(([name]) => vendor[name] === place))
}
