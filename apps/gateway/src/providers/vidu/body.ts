import { z } from 'zod'
import { present } from '../../core/present.ts'
import { urlOrDataUri } from '../job-input.ts'
import type { Job, JobInput } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { refusedFor, wrong } from '../unfit.ts'
import { hasRatio, hasSound, isVendorField, MODELS, VOICE_FIELDS } from './limits.ts'

/** "the post body should not exceed 20MB". */
const MAX_BODY_BYTES = 20 * 1000 * 1000
/** What is sent to the route of a job that was found fit. Throws `UpstreamError` (refused) for materials that cannot be sent. */
export function taskBody(job: Job): Promise<Record<string, unknown>> {
  if (job.request.kind === 'image') return pictureBody(job)
  return job.request.operation === 'lip_sync' ? Promise.resolve(lipSyncBody(job)) : videoBody(job)
}

async function pictureBody({ request, upstreamModel, inputs, reference, callbackUrl }: Job): Promise<Record<string, unknown>> {
  const { prompt, resolution, aspectRatio, seed } = request
  return present({
    model: upstreamModel,
    prompt: translateReferences(prompt, inputs, plainReference),
    ...imagesOf(await addressesOf(inputs)),
    // "1080p 2K 4K".
    resolution: resolution?.toLowerCase().replace('k', 'K'),
    // "auto: the ratio of the first picture".
    aspect_ratio: aspectRatio === 'adaptive' ? 'auto' : aspectRatio,
    seed,
    callback_url: callbackUrl,
    payload: reference,
  })
}

/** There is no model here. Words are spoken where there is no sound. */
function lipSyncBody({ request: { prompt, vendor = {} }, inputs, reference, callbackUrl }: Job): Record<string, unknown> {
  const sound = inputs.find(({ media }) => media === 'audio')
  return present({
    ...Object.fromEntries(Object.entries(vendor).filter(([name]) => VOICE_FIELDS.includes(name))),
    video_url: publicUrl(inputs.find(({ media }) => media === 'video')),
    ...(sound === undefined ? { text: prompt } : { audio_url: publicUrl(sound) }),
    callback_url: callbackUrl,
    payload: reference,
  })
}

async function videoBody(job: Job): Promise<Record<string, unknown>> {
  const { request, upstreamModel, reference, callbackUrl } = job
  const { operation } = request
  const { prompt, ...materials } = await materialsOf(job)
  const styled = operation === 'text_to_video' && request.style !== undefined && MODELS.get(upstreamModel)?.styles !== undefined
  return {
    model: upstreamModel,
    ...Object.fromEntries(Object.entries(request.vendor ?? {}).filter(([name]) => isVendorField(name))),
    ...present({
      prompt: prompt === '' ? undefined : prompt,
      ...materials,
      duration: request.durationSeconds,
      // "360p 540p 720p 1080p 2K".
      resolution: request.resolution?.toLowerCase().replace('2k', '2K'),
      aspect_ratio: hasRatio(operation) ? request.aspectRatio : undefined,
      seed: request.seed,
      style: styled ? request.style : undefined,
      // The default differs from model to model and from page to page, so it is always said where there is a choice.
      audio: hasSound(operation, upstreamModel) ? request.audio : undefined,
      callback_url: callbackUrl,
    }),
    payload: reference,
  }
}

interface Materials {
  prompt: string
  images?: string[]
  subjects?: Record<string, unknown>[]
  video_url?: string
  video_creation_id?: string
}

async function materialsOf(job: Job): Promise<Materials> {
  const { request: { operation, prompt }, inputs } = job
  if (operation === 'reference_to_video') return referencesOf(job)
  const plain = translateReferences(prompt, inputs, plainReference)
  if (operation === 'extend') return { prompt: plain, ...videoOf(job), ...imagesOf(await addressesOf(inputs.filter(({ role }) => role === 'last_frame'))) }
  const first = inputs.filter(({ role }) => role === 'first_frame')
  const last = inputs.filter(({ role }) => role === 'last_frame')
  return { prompt: plain, ...imagesOf(await addressesOf([...first, ...last])) }
}

function imagesOf(images: string[]): Pick<Materials, 'images'> {
  return images.length === 0 ? {} : { images }
}

/**
 * Two shapes. Where the prompt speaks of single references, or there are videos, each is a subject under the name that the
 * prompt has for it: `@Image1`. Otherwise, and for models that know no subjects, they are a list of pictures.
 */
async function referencesOf({ request: { prompt }, upstreamModel, inputs }: Job): Promise<Materials> {
  let mentioned = false
  const named = translateReferences(prompt, inputs, ({ media, number }) => {
    mentioned = true
    return `@${SUBJECT_WORDS[media]}${number}`
  })
  const model = MODELS.get(upstreamModel)
  const subjects = model === undefined || model.subjects === true
  const addresses = await addressesOf(inputs)
  if (!subjects || (!mentioned && inputs.every(({ media }) => media === 'image'))) return { prompt: translateReferences(prompt, inputs, plainReference), images: addresses }
  const numbers = { image: 0, video: 0, audio: 0 }
  return {
    prompt: named,
    subjects: inputs.map(({ media }, index) => {
      numbers[media] += 1
      return { id: `${SUBJECT_WORDS[media]}${numbers[media]}`, ...(media === 'video' ? { videos: [addresses[index]] } : { images: [addresses[index]] }) }
    }),
  }
}

const SUBJECT_WORDS = { image: 'Image', video: 'Video', audio: 'Audio' } as const

/** A video of this account is named by its id, which needs no address that the vendor can reach. */
function videoOf({ inputs, parent }: Job): Pick<Materials, 'video_url' | 'video_creation_id'> {
  const made = keptOfJob.safeParse(parent?.kept)
  if (made.success) return { video_creation_id: made.data.creationId }
  return { video_url: publicUrl(inputs.find(({ media }) => media === 'video')) }
}

const keptOfJob = z.object({ creationId: z.string().min(1) })
export type KeptOfJob = z.output<typeof keptOfJob>

/** One after the other: what is read as bytes may be large. */
async function addressesOf(inputs: readonly JobInput[]): Promise<string[]> {
  const addresses: string[] = []
  for (const input of inputs) addresses.push(input.media === 'video' ? publicUrl(input) : await urlOrDataUri(input))
  const bytes = addresses.reduce((sum, address) => sum + address.length, 0)
  if (bytes > MAX_BODY_BYTES) throw refusedFor(wrong('inputs', 'The pictures are too large for Vidu: together they may have about 15 MB unless they are at a public address'))
  return addresses
}

function publicUrl(input: JobInput | undefined): string {
  if (input?.url?.startsWith('https:')) return input.url
  throw refusedFor(wrong('inputs', 'A video or a sound for Vidu must be at an https address that is publicly reachable'))
}
