import { GatewayError } from '../../core/errors.ts'
import type { Model } from '../../core/model.ts'
import type { DraftInput, ParseContext } from '../dialect.ts'
import { defaultMaterialRole, textInput } from '../shared/draft.ts'

/** The vendor calls its models for this as its others, `kling-v3`; here they have names of their own. */
export function motionModelOf(model: Model, context: Pick<ParseContext, 'findModel'>): Model {
  return context.findModel(`${model.id}-motion-control`) ?? model
}

interface Material {
  text: string
  param: string
}

/** Who moves, and how, for a model that does this. @throws GatewayError `invalid_request` for any other. */
export function motionInputs(model: Model, image: Material, video: Material, modelParam: string): DraftInput[] {
  if (!actsLikeVideo(model)) throw new GatewayError('invalid_request', `${modelParam} must be a model that moves a picture like a video, such as kling-v3 or act_two; ${model.id} does not`, { param: modelParam })
  return [textInput('image', model.inputs.image?.roles[0] ?? 'reference', image.text, image.param), textInput('video', defaultMaterialRole(model, 'video'), video.text, video.param)]
}

/** Models that change a video by its words take a picture with it, too, and would make something else. */
function actsLikeVideo({ operations, inputs }: Model): boolean {
  return inputs.image !== undefined && operations.every((operation) => operation === 'video_to_video')
}
