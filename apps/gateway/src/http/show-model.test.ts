import { describe, expect, it } from 'vitest'
import { allModels, findModel } from '../catalog/index.ts'
import { modelSchema, showModel } from './show-model.ts'

const PATHS = new Set(['/v1/videos', '/v1/images'])
const shown = (name: string, multiplierPpm = 1_000_000) => showModel(findModel(name)!, multiplierPpm, PATHS)

describe('a shown model', () => {
  it('is what the OpenAPI document says, for every model of the catalogue', () => {
    for (const model of allModels()) expect(modelSchema.strict().safeParse(showModel(model, 1_000_000, PATHS)).error?.issues, model.id).toBeUndefined()
  })

  it('says how it is charged, with prices worked for the group', () => {
    expect(shown('kling-v3').billing).toMatchObject({
      method: 'per_second',
      currency: 'USD',
      examples: expect.arrayContaining([{ text: { en: '5 s at 720p', zh: '5 秒 720p' }, cost_cents: 42 }]) as unknown,
    })
    expect(shown('viduq1', 2_000_000)).toMatchObject({ billing: { method: 'per_call', examples: [{ cost_cents: 80 }] }, pricing: { multiplier: 2 } })
    expect(['seedance-2.0-pro', 'dall-e-3', 'gpt-image-2'].map((name) => shown(name).billing.method)).toEqual(['per_token', 'per_image', 'per_megapixel'])
  })

  it('says what it can do in words to filter by, and how many references it takes', () => {
    expect(shown('seedance-2.0-pro')).toMatchObject({ references: { image: 9, video: 3, audio: 3 } })
    expect(shown('seedance-2.0-pro').features).toEqual(expect.arrayContaining(['text_to_video', 'first_last_frame', 'audio', 'audio_switch', 'image_references', 'audio_references', 'seed', '4k', 'auto_duration']))
    expect(shown('sora-2')).toMatchObject({ references: {}, endpoints: ['/v1/videos'], supported_endpoint_types: ['openai-video', 'openai'] })
    expect(shown('sora-2').features).not.toContain('seed')
    expect(shown('dall-e-2').features).toEqual(expect.arrayContaining(['variation', 'mask', 'several_outputs']))
    expect(shown('aleph2').duration).toMatchObject({ auto: true, of_source: true })
  })
})
