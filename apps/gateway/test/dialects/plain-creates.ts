import type { WireRequest } from './sample.ts'

type PlainCreate = (model: string, prompt: string) => WireRequest

/** One dialect's least requests: a model and words, nothing else. Absent for a kind of media that its wire has no route for. */
export interface PlainCreates {
  video?: PlainCreate
  image?: PlainCreate
  /** Of the kinds whose create is answered with the result, or with the failure. */
  synchronous?: ('video' | 'image')[]
}

const post = (path: string, json: unknown, headers?: Record<string, string>): WireRequest => ({ method: 'POST', path, json, ...(headers && { headers }) })

/** The same request by every dialect of the registry, by its id. */
export const PLAIN_CREATES: Record<string, PlainCreates> = {
  genlock: {
    video: (model, prompt) => post('/v1/videos', { model, input: { prompt } }),
    image: (model, prompt) => post('/v1/images', { model, input: { prompt } }),
  },
  'openai-videos': {
    video: (model, prompt) => ({
      method: 'POST',
      path: '/v1/videos',
      form() {
        const form = new FormData()
        form.append('model', model)
        form.append('prompt', prompt)
        return form
      },
    }),
  },
  flat: { video: (model, prompt) => post('/v1/videos', { model, prompt }) },
  ark: {
    video: (model, prompt) => post('/api/v3/contents/generations/tasks', { model, content: [{ type: 'text', text: prompt }] }),
    image: (model, prompt) => post('/api/v3/images/generations', { model, prompt }),
    synchronous: ['image'],
  },
  dashscope: {
    video: (model, prompt) => post('/api/v1/services/aigc/video-generation/video-synthesis', { model, input: { prompt } }, ASYNC),
    image: (model, prompt) => post('/api/v1/services/aigc/text2image/image-synthesis', { model, input: { prompt } }, ASYNC),
  },
  runway: {
    video: (model, prompt) => post('/v1/text_to_video', { model, promptText: prompt }, RUNWAY_VERSION),
    image: (model, prompt) => post('/v1/text_to_image', { model, promptText: prompt }, RUNWAY_VERSION),
  },
  kling: {
    video: (model, prompt) => post('/kling/v1/videos/text2video', { model_name: model, prompt }),
    image: (model, prompt) => post('/kling/v1/images/generations', { model_name: model, prompt }),
  },
  jimeng: {
    video: (model, prompt) => post(JIMENG_SUBMIT, { req_key: model, prompt }),
    image: (model, prompt) => post(JIMENG_SUBMIT, { req_key: model, prompt }),
  },
  vidu: {
    video: (model, prompt) => post('/ent/v2/text2video', { model, prompt }),
    image: (model, prompt) => post('/ent/v2/reference2image', { model, prompt }),
  },
  minimax: {
    video: (model, prompt) => post('/v1/video_generation', { model, prompt }),
    image: (model, prompt) => post('/v1/image_generation', { model, prompt }),
    synchronous: ['image'],
  },
  'minimax-v2': { video: (model, prompt) => post('/v2/video_generation', { model, content: [{ type: 'text', text: prompt }] }) },
  luma: {
    video: (model, prompt) => post('/dream-machine/v1/generations/video', { model, prompt }),
    image: (model, prompt) => post('/dream-machine/v1/generations/image', { model, prompt }),
  },
  ideogram: {
    image: (model, prompt) => post('/generate', { image_request: { model, prompt } }),
    synchronous: ['image'],
  },
  bfl: {
    video: (model, prompt) => post(`/bfl/v1/${model}`, { prompt }),
    image: (model, prompt) => post(`/bfl/v1/${model}`, { prompt }),
  },
  'openai-images': {
    image: (model, prompt) => post('/v1/images/generations', { model, prompt, response_format: 'url' }),
    synchronous: ['image'],
  },
  relay: {
    video: (model, prompt) => post('/v1/videos/generations', { model, prompt }),
    image: (model, prompt) => post('/api/v1/jobs/createTask', { model, input: { prompt } }),
  },
  // Another model's body is known for xAI's by its client.
  xai: { video: (model, prompt) => post('/v1/videos/generations', { model, prompt }, { 'user-agent': 'ai-sdk/xai/5.0.12' }) },
  gemini: {
    video: (model, prompt) => post(`/v1beta/models/${model}:predictLongRunning`, { instances: [{ prompt }] }),
    image: (model, prompt) => post(`/v1beta/models/${model}:generateContent`, { contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
    synchronous: ['image'],
  },
  replicate: {
    video: (model, prompt) => post('/v1/predictions', { version: model, input: { prompt } }),
    image: (model, prompt) => post('/v1/predictions', { version: model, input: { prompt } }),
  },
  fal: {
    video: (model, prompt) => post(`/fal/queue/genlock/${model}`, { prompt }),
    image: (model, prompt) => post(`/fal/queue/genlock/${model}`, { prompt }),
  },
  unified: {
    video: (model, prompt) => post('/v1/video/create', { model, prompt }),
    image: (model, prompt) => post('/v1/video/create', { model, prompt }),
  },
  chat: {
    video: (model, prompt) => post('/v1/chat/completions', { model, messages: [{ role: 'user', content: prompt }] }),
    image: (model, prompt) => post('/v1/chat/completions', { model, messages: [{ role: 'user', content: prompt }] }),
    synchronous: ['video', 'image'],
  },
  openrouter: { video: (model, prompt) => post('/api/v1/videos', { model, prompt }) },
  videoapi: { video: (model, prompt) => post('/v1/video/generations', { model, prompt, type: 'text-to-video' }) },
  'new-api': { video: (model, prompt) => post('/v1/video/generations', { model, prompt }) },
  midjourney: {
    video: (model, prompt) => post('/mj/submit/imagine', { model, prompt }),
    image: (model, prompt) => post('/mj/submit/imagine', { model, prompt }),
  },
  'vercel-gateway': {
    video: (model, prompt) => post('/v4/ai/video-model/start', { prompt, n: 1 }, { 'ai-model-id': model, 'ai-video-model-specification-version': '4' }),
    image: (model, prompt) => post('/v4/ai/image-model', { prompt, n: 1 }, { 'ai-model-id': model }),
    synchronous: ['image'],
  },
}

const ASYNC = { 'x-dashscope-async': 'enable' }
const RUNWAY_VERSION = { 'x-runway-version': '2024-11-06' }
const JIMENG_SUBMIT = '/jimeng/?Action=CVSync2AsyncSubmitTask&Version=2022-08-31'
