import { ALIBABA_IMAGE_MODELS } from './alibaba-images.ts'
import type { Model } from '../core/model.ts'
import { COMFYUI_MODELS } from './comfyui.ts'
import { FLUX_MODELS } from './flux.ts'
import { GOOGLE_IMAGE_MODELS } from './google-images.ts'
import { GROK_MODELS } from './grok.ts'
import { HAILUO_MODELS } from './hailuo.ts'
import { IDEOGRAM_MODELS } from './ideogram.ts'
import { JIMENG_IMAGE_MODELS } from './jimeng-images.ts'
import { JIMENG_MODELS } from './jimeng.ts'
import { KLING_MODELS } from './kling.ts'
import { LUMA_MODELS } from './luma.ts'
import { MIDJOURNEY_MODELS } from './midjourney.ts'
import { OPENAI_IMAGE_MODELS } from './openai-images.ts'
import { RUNWAY_MODELS } from './runway.ts'
import { SEEDANCE_MODELS } from './seedance.ts'
import { SEEDREAM_MODELS } from './seedream.ts'
import { SORA_MODELS } from './sora.ts'
import { VEO_MODELS } from './veo.ts'
import { VIDU_MODELS } from './vidu.ts'
import { WAN_MODELS } from './wan.ts'

/** Every model, by family, in the order in which they are listed. A new family is a file and a line here. */
const MODELS: readonly Model[] = [
  ...SEEDANCE_MODELS,
  ...SORA_MODELS,
  ...VEO_MODELS,
  ...KLING_MODELS,
  ...JIMENG_MODELS,
  ...JIMENG_IMAGE_MODELS,
  ...HAILUO_MODELS,
  ...WAN_MODELS,
  ...ALIBABA_IMAGE_MODELS,
  ...VIDU_MODELS,
  ...GROK_MODELS,
  ...RUNWAY_MODELS,
  ...LUMA_MODELS,
  ...OPENAI_IMAGE_MODELS,
  ...GOOGLE_IMAGE_MODELS,
  ...MIDJOURNEY_MODELS,
  ...FLUX_MODELS,
  ...IDEOGRAM_MODELS,
  ...SEEDREAM_MODELS,
  ...COMFYUI_MODELS,
]

const BY_NAME: ReadonlyMap<string, Model> = new Map(MODELS.flatMap((model) => [model.id, ...(model.aliases ?? [])].map((name) => [name, model])))

/** The model of this id or alias, spelled exactly so. */
export function findModel(name: string): Model | undefined {
  return BY_NAME.get(name)
}

export function allModels(): readonly Model[] {
  return MODELS
}
