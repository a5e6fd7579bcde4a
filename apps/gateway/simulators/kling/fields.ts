import { z } from 'zod'
import type { Order } from './orders.ts'
import { invalid, KlingRefusal } from './refusal.ts'

/* What bodies of several endpoints have. */

/** https anywhere, or plain http on this machine, where the gateway under test listens. */
export const callbackUrl = z.url({ protocol: /^https?$/ }).refine((url) => url.startsWith('https:') || /^http:\/\/(?:127\.|localhost[:/])/.test(url))
export const address = z.url({ protocol: /^https?$/ })
/** "URL or raw base64 without any data: prefix". */
export const picture = z.string().refine((text) => !text.startsWith('data:') && (/^https?:\/\/\S+$/.test(text) || (text.length >= 4 && /^[A-Za-z0-9+/]+={0,2}$/.test(text))), { error: 'must be a URL or base64 without a prefix' })

export const prompt = z.string().max(2500)
export const common = {
  callback_url: callbackUrl.optional(),
  external_task_id: z.string().min(1).max(128).optional(),
  watermark_info: z.strictObject({ enabled: z.boolean() }).optional(),
}
export const pictureRatio = z.enum(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'])

export function shared({ prompt: words = '', callback_url: url, external_task_id: externalId, watermark_info: watermark }: z.output<z.ZodObject<typeof common>> & { prompt?: string | undefined }): Omit<Order, 'makes'> {
  return { prompt: words, callbackUrl: url, externalId, watermark: watermark?.enabled === true }
}

/** One of the faults, whichever comes first. */
export function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  if (typeof body !== 'object' || body === null) throw new KlingRefusal(400, 1200, 'Invalid request parameters')
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const name = issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]].join('.') : (issue?.path.join('.') ?? 'body')
  throw invalid(`${name} is invalid: ${issue?.code === 'unrecognized_keys' ? 'unknown field' : issue?.message}`)
}
