import { z } from 'zod'

/** What each path takes. Java and C# read what they know and leave out the rest, so other names are no fault. */

/** "bare base64 → code 4 base64格式错误". */
const picture = z.string().regex(/^data:image\/(?:png|jpe?g|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/, 'base64格式错误')
const link = z.union([picture, z.url({ protocol: /^https?$/ })], { error: 'base64格式错误' })
const prompt = z.string({ error: 'prompt不能为空' }).trim().min(1, 'prompt不能为空')
const taskId = z.string({ error: 'taskId不能为空' }).min(1, 'taskId不能为空')

const COMMON = {
  state: z.string().max(255).nullish(),
  notifyHook: z.string().max(2000).nullish(),
  botType: z.enum(['MID_JOURNEY', 'NIJI_JOURNEY']).nullish(),
  accountFilter: z.looseObject({}).nullish(),
}

export const imagine = z.object({ ...COMMON, prompt, base64Array: z.array(picture).nullish(), base64: picture.nullish() })
export const blend = z.object({ ...COMMON, base64Array: z.array(picture, { error: 'base64List参数错误' }).min(2, 'base64List参数错误').max(5, 'base64List参数错误'), dimensions: z.enum(['PORTRAIT', 'SQUARE', 'LANDSCAPE'], { error: 'dimensions参数错误' }).nullish() })
export const describeBody = z.object({ ...COMMON, base64: picture, language: z.string().nullish() })
export const shorten = z.object({ ...COMMON, prompt })
export const edits = z.object({ ...COMMON, prompt, image: link, maskBase64: picture.nullish() })
export const retexture = z.object({ ...COMMON, prompt, image: link })
export const video = z.object({
  ...COMMON,
  prompt: z.string().nullish(),
  motion: z.enum(['low', 'high']).nullish(),
  image: link.nullish(),
  endImage: link.nullish(),
  loop: z.boolean().nullish(),
  videoType: z.enum(['vid_1.1_i2v_480', 'vid_1.1_i2v_720']).nullish(),
  batchSize: z.union([z.literal(1), z.literal(2), z.literal(4)]).nullish(),
  taskId: z.string().nullish(),
  index: z.int().min(0).max(3).nullish(),
  action: z.literal('extend').nullish(),
})
export const swap = z.object({ ...COMMON, sourceBase64: picture, targetBase64: picture })
export const action = z.object({ ...COMMON, taskId, customId: z.string({ error: 'customId不能为空' }).min(1, 'customId不能为空'), enableRemix: z.boolean().nullish(), chooseSameChannel: z.boolean().nullish() })
export const modal = z.object({ ...COMMON, taskId, prompt: z.string().nullish(), maskBase64: picture.nullish() })
export const change = z.object({ ...COMMON, taskId, action: z.enum(['UPSCALE', 'VARIATION', 'REROLL'], { error: 'action参数错误' }), index: z.int().nullish() })
export const simpleChange = z.object({ ...COMMON, content: z.string({ error: 'content参数错误' }).regex(/^\S+ (?:[UV][1-4]|R)$/i, 'content参数错误') })
export const byIds = z.object({ ids: z.array(z.string()) })
