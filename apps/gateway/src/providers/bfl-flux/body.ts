import { ADAPTIVE, parseSize } from '../../core/model.ts'
import { present } from '../../core/present.ts'
import { maskChanging } from '../mask.ts'
import type { Job, JobInput } from '../provider.ts'
import { plainReference, translateReferences } from '../references.ts'
import { fluxModel, type FluxModel } from './models.ts'
import { TIERS } from './unfit.ts'

/** What `POST /{model}` is sent; the request was found fit. */
export async function fluxBody(job: Job): Promise<Record<string, unknown>> {
  const { request, upstreamModel, inputs, callbackUrl } = job
  const model = fluxModel(upstreamModel)
  const prompt = translateReferences(request.prompt, inputs, plainReference)
  return present({
    prompt: prompt === '' ? undefined : prompt,
    ...Object.fromEntries(Object.keys(model.vendor).map((name) => [name, request.vendor?.[name]])),
    ...(model.frame === 'tier' ? videoFields(job) : { ...frameFields(job, model), output_format: request.outputFormat }),
    seed: request.seed,
    prompt_upsampling: model.upsampling ? request.enhancePrompt : undefined,
    ...(await materials(job, model)),
    webhook_url: model.webhook ? callbackUrl : undefined,
  })
}

function frameFields({ request }: Job, { frame }: FluxModel): Record<string, unknown> {
  if (frame === 'ratio') return { aspect_ratio: request.aspectRatio }
  const [width, height] = parseSize(request.size ?? '') ?? []
  return { width, height }
}

function videoFields({ request }: Job): Record<string, unknown> {
  return {
    mode: request.inputs.some(({ media }) => media === 'video') ? 'v2v' : request.inputs.length > 0 ? 'i2v' : 't2v',
    aspect_ratio: request.aspectRatio === ADAPTIVE ? 'auto' : request.aspectRatio,
    duration: request.durationSeconds,
    resolution: request.resolution === undefined ? undefined : TIERS.get(request.resolution),
    generate_audio: request.audio,
  }
}

async function materials({ request, inputs }: Job, { pictures }: FluxModel): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {}
  switch (pictures) {
    case 'input_image':
      for (const [index, input] of inputs.entries()) fields[index === 0 ? 'input_image' : `input_image_${index + 1}`] = await urlOrBase64(input)
      return fields
    case 'image_prompt':
      for (const input of inputs) fields['image_prompt'] = await base64(input)
      return fields
    case 'image':
      for (const input of inputs) {
        if (input.role === 'mask') fields['mask'] = Buffer.from(await maskChanging('white', input, request)).toString('base64')
        else fields['image'] = await base64(input)
      }
      return fields
    case 'keyframes': {
      const frames: string[] = []
      // The first one opens the video, whatever the order they were given in.
      for (const role of ['first_frame', 'last_frame']) {
        for (const input of inputs) if (input.role === role) frames.push(await urlOrBase64(input))
      }
      for (const input of inputs) if (input.media === 'video') fields['start_video'] = await urlOrBase64(input)
      return { ...fields, ...(frames.length > 0 && { keyframes: frames }) }
    }
  }
}

/** "URL or bare base64 string — not a data URI". */
async function urlOrBase64(input: JobInput): Promise<string> {
  return input.url?.startsWith('https:') ? input.url : base64(input)
}

/** Of `image_prompt`, `image` and `mask` the schema says base64 alone. */
async function base64(input: JobInput): Promise<string> {
  return Buffer.from((await input.read()).bytes).toString('base64')
}
