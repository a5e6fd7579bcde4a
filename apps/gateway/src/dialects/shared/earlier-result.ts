import type { InputMedia, InputRole, Operation } from '../../core/generation-request.ts'
import type { Model } from '../../core/model.ts'
import type { Output } from '../../core/task.ts'
import type { DraftInput } from '../dialect.ts'

/*
 * Going on from a finished result, for wires where a request names an earlier task.
 */

/**
 * What a model can make of a finished video: another version of it, or more of it, whichever is wished for first.
 * Undefined where it can do neither.
 */
export function nextStep(model: Model, wish: 'another' | 'more'): Operation | undefined {
  if (!model.inputs.video?.roles.includes('source')) return undefined
  const steps: Operation[] = wish === 'more' ? ['extend', 'remix', 'video_to_video'] : ['remix', 'video_to_video', 'extend']
  return steps.find((step) => model.operations.includes(step))
}

/** A stored result as an input; `param` is how the client named it. */
export function resultInput(media: InputMedia, role: InputRole, { storageKey, mediaType, bytes, durationSeconds }: Output, param: string): DraftInput {
  return { media, role, source: { stored: { storageKey, mediaType, bytes, ...(durationSeconds !== undefined && { durationSeconds }) } }, param }
}
