import type { WireRequest } from './sample.ts'

type PlainCreate = (model: string, prompt: string) => WireRequest
type FrameCreate = (model: string, prompt: string, frame: string) => WireRequest

/** One dialect's least requests: a model and words, nothing else. Absent for a kind of media that its wire has no route for. */
export interface PlainCreates {
  video?: PlainCreate
  image?: PlainCreate
  /** A video that begins with a picture (a data URI), for models that make none from words alone. */
  videoFromFrame?: FrameCreate
  /** Of the kinds whose create is answered with the result, or with the failure. */
  synchronous?: ('video' | 'image')[]
}

const post = (path: string, json: unknown, headers?: Record<string, string>): WireRequest => ({ method: 'POST', path, json, ...(headers && { headers }) })

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

/** The same request by every dialect of the registry, by its id. */
export const PLAIN_CREATES: Record<string, PlainCreates> = {
  genlock: {
    video: (model, prompt) => post('/v1/videos', { model, input: { prompt } }),
    image: (model, prompt) => post('/v1/images', { model, input: { prompt } }),
    videoFromFrame: (model, prompt, frame) => post('/v1/videos', { model, input: { prompt, first_frame: frame } }),
  },
  'openai-videos': {
    video: (model, prompt) => ({
      method: 'POST',
      path: '/v1/videos',
      form: () => formOf({ model, prompt }),
    }),
    videoFromFrame: (model, prompt, frame) => ({
      method: 'POST',
      path: '/v1/videos',
      form: () => formOf({ model, prompt, 'input_reference[image_url]': frame }),
    }),
  },
  flat: {
    video: (model, prompt) => post('/v1/videos', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/v1/videos', { model, prompt, image: frame }),
  },
  ark: {
    video: (model, prompt) => post('/api/v3/contents/generations/tasks', { model, content: [{ type: 'text', text: prompt }] }),
    image: (model, prompt) => post('/api/v3/images/generations', { model, prompt }),
    synchronous: ['image'],
    videoFromFrame: (model, prompt, frame) => post('/api/v3/contents/generations/tasks', { model, content: [{ type: 'text', text: prompt }, { type: 'image_url', image_url: { url: frame } }] }),
  },
  dashscope: {
    video: (model, prompt) => post('/api/v1/services/aigc/video-generation/video-synthesis', { model, input: { prompt } }, ASYNC),
    image: (model, prompt) => post('/api/v1/services/aigc/text2image/image-synthesis', { model, input: { prompt } }, ASYNC),
    videoFromFrame: (model, prompt, frame) => post('/api/v1/services/aigc/video-generation/video-synthesis', { model, input: { prompt, img_url: frame } }, ASYNC),
  },
  runway: {
    video: (model, prompt) => post('/v1/text_to_video', { model, promptText: prompt }, RUNWAY_VERSION),
    image: (model, prompt) => post('/v1/text_to_image', { model, promptText: prompt }, RUNWAY_VERSION),
    videoFromFrame: (model, prompt, frame) => post('/v1/image_to_video', { model, promptText: prompt, promptImage: frame }, RUNWAY_VERSION),
  },
  kling: {
    video: (model, prompt) => post('/kling/v1/videos/text2video', { model_name: model, prompt }),
    image: (model, prompt) => post('/kling/v1/images/generations', { model_name: model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/kling/v1/videos/image2video', { model_name: model, prompt, image: frame }),
  },
  jimeng: {
    video: (model, prompt) => post(JIMENG_SUBMIT, { req_key: model, prompt }),
    image: (model, prompt) => post(JIMENG_SUBMIT, { req_key: model, prompt }),
    videoFromFrame: (model, prompt, frame) => post(JIMENG_SUBMIT, { req_key: model, prompt, binary_data_base64: [frame.slice(frame.indexOf(',') + 1)] }),
  },
  vidu: {
    video: (model, prompt) => post('/ent/v2/text2video', { model, prompt }),
    image: (model, prompt) => post('/ent/v2/reference2image', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/ent/v2/img2video', { model, prompt, images: [frame] }),
  },
  minimax: {
    video: (model, prompt) => post('/v1/video_generation', { model, prompt }),
    image: (model, prompt) => post('/v1/image_generation', { model, prompt }),
    synchronous: ['image'],
    videoFromFrame: (model, prompt, frame) => post('/v1/video_generation', { model, prompt, first_frame_image: frame }),
  },
  'minimax-v2': {
    video: (model, prompt) => post('/v2/video_generation', { model, content: [{ type: 'text', text: prompt }] }),
    videoFromFrame: (model, prompt, frame) => post('/v2/video_generation', { model, content: [{ type: 'text', text: prompt }, { type: 'image_url', image_url: { url: frame }, role: 'first_frame' }] }),
  },
  luma: {
    video: (model, prompt) => post('/dream-machine/v1/generations/video', { model, prompt }),
    image: (model, prompt) => post('/dream-machine/v1/generations/image', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/dream-machine/v1/generations/video', { model, prompt, keyframes: { frame0: { type: 'image', url: frame } } }),
  },
  ideogram: {
    image: (model, prompt) => post('/generate', { image_request: { model, prompt } }),
    synchronous: ['image'],
  },
  bfl: {
    video: (model, prompt) => post(`/bfl/v1/${model}`, { prompt }),
    image: (model, prompt) => post(`/bfl/v1/${model}`, { prompt }),
    videoFromFrame: (model, prompt, frame) => post(`/bfl/v1/${model}`, { prompt, keyframes: [frame] }),
  },
  'openai-images': {
    image: (model, prompt) => post('/v1/images/generations', { model, prompt, response_format: 'url' }),
    synchronous: ['image'],
  },
  relay: {
    // A body with a model of xAI's is taken for xAI's on the route that both have.
    video: (model, prompt) => (model.startsWith('grok-') ? post('/api/v1/jobs/createTask', { model, input: { prompt } }) : post('/v1/videos/generations', { model, prompt })),
    image: (model, prompt) => post('/api/v1/jobs/createTask', { model, input: { prompt } }),
    videoFromFrame: (model, prompt, frame) => post('/v1/videos/generations', { model, prompt, first_frame_image: frame }),
  },
  // Another model's body is known for xAI's by its client.
  xai: {
    video: (model, prompt) => post('/v1/videos/generations', { model, prompt }, { 'user-agent': 'ai-sdk/xai/5.0.12' }),
    videoFromFrame: (model, prompt, frame) => post('/v1/videos/generations', { model, prompt, image: { url: frame } }),
  },
  gemini: {
    video: (model, prompt) => post(`/v1beta/models/${model}:predictLongRunning`, { instances: [{ prompt }] }),
    image: (model, prompt) => post(`/v1beta/models/${model}:generateContent`, { contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
    synchronous: ['image'],
    videoFromFrame: (model, prompt, frame) => post(`/v1beta/models/${model}:predictLongRunning`, { instances: [{ prompt, image: { bytesBase64Encoded: frame.slice(frame.indexOf(',') + 1), mimeType: 'image/png' } }] }),
  },
  replicate: {
    video: (model, prompt) => post('/v1/predictions', { version: model, input: { prompt } }),
    image: (model, prompt) => post('/v1/predictions', { version: model, input: { prompt } }),
    videoFromFrame: (model, prompt, frame) => post('/v1/predictions', { version: model, input: { prompt, image: frame } }),
  },
  fal: {
    video: (model, prompt) => post(`/fal/queue/genlock/${model}`, { prompt }),
    image: (model, prompt) => post(`/fal/queue/genlock/${model}`, { prompt }),
    videoFromFrame: (model, prompt, frame) => post(`/fal/queue/genlock/${model}`, { prompt, image_url: frame }),
  },
  unified: {
    video: (model, prompt) => post('/v1/video/create', { model, prompt }),
    image: (model, prompt) => post('/v1/video/create', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/v1/video/create', { model, prompt, images: [frame] }),
  },
  chat: {
    video: (model, prompt) => post('/v1/chat/completions', { model, messages: [{ role: 'user', content: prompt }] }),
    image: (model, prompt) => post('/v1/chat/completions', { model, messages: [{ role: 'user', content: prompt }] }),
    synchronous: ['video', 'image'],
    videoFromFrame: (model, prompt, frame) => post('/v1/chat/completions', { model, messages: [{ role: 'user', content: [{ type: 'text', text: prompt }, { type: 'image_url', image_url: { url: frame } }] }] }),
  },
  openrouter: {
    video: (model, prompt) => post('/api/v1/videos', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/api/v1/videos', { model, prompt, frame_images: [{ type: 'image_url', image_url: { url: frame }, frame_type: 'first_frame' }] }),
  },
  videoapi: {
    video: (model, prompt) => post('/v1/video/generations', { model, prompt, type: 'text-to-video' }),
    videoFromFrame: (model, prompt, frame) => post('/v1/video/generations', { model, prompt, image_urls: [frame] }),
  },
  'new-api': {
    video: (model, prompt) => post('/v1/video/generations', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/v1/video/generations', { model, prompt, image: frame }),
  },
  midjourney: {
    video: (model, prompt) => post('/mj/submit/imagine', { model, prompt }),
    image: (model, prompt) => post('/mj/submit/imagine', { model, prompt }),
    videoFromFrame: (model, prompt, frame) => post('/mj/submit/video', { model, prompt, motion: 'low', image: frame }),
  },
  'vercel-gateway': {
    video: (model, prompt) => post('/v4/ai/video-model/start', { prompt, n: 1 }, { 'ai-model-id': model, 'ai-video-model-specification-version': '4' }),
    image: (model, prompt) => post('/v4/ai/image-model', { prompt, n: 1 }, { 'ai-model-id': model }),
    synchronous: ['image'],
    videoFromFrame: (model, prompt, frame) => post('/v4/ai/video-model/start', { prompt, n: 1, image: { type: 'file', mediaType: 'image/png', data: frame.slice(frame.indexOf(',') + 1) } }, { 'ai-model-id': model, 'ai-video-model-specification-version': '4' }),
  },
}

const ASYNC = { 'x-dashscope-async': 'enable' }
const RUNWAY_VERSION = { 'x-runway-version': '2024-11-06' }
const JIMENG_SUBMIT = '/jimeng/?Action=CVSync2AsyncSubmitTask&Version=2022-08-31'
