import { z } from 'zod'

/** Query strings of the shared actions. Every value arrives as text. */

const MAX_LIST_LIMIT = 100
const DEFAULT_LIST_LIMIT = 20
const MAX_WAIT_SECONDS = 300
/** Some tools give a request up after 60 s; this leaves the network its share. */
const DEFAULT_WAIT_SECONDS = 50
const MAX_INDEX = 99

/** "limit 0–100, order asc/desc" and a cursor: `after` is the last id of the page before (OpenAI's list). */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(0).max(MAX_LIST_LIMIT).default(DEFAULT_LIST_LIMIT).describe('How many tasks at most.'),
  after: z.string().max(64).optional().describe('The last id of the page before.'),
  order: z.enum(['asc', 'desc']).default('desc').describe('By time of creation.'),
})

export const waitQuery = z.object({
  timeout: z.coerce.number().int().min(1).max(MAX_WAIT_SECONDS).default(DEFAULT_WAIT_SECONDS).describe('Seconds to wait at most.'),
})

export const contentQuery = z.object({
  variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video').describe('The video, or a still of it.'),
  index: z.coerce.number().int().min(0).max(MAX_INDEX).default(0).describe('Which result, when there are several.'),
})

export type ListQuery = z.output<typeof listQuery>
export type WaitQuery = z.output<typeof waitQuery>
export type ContentQuery = z.output<typeof contentQuery>
