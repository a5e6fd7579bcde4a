/** What stands under a finished task: `{customId, label, emoji, type, style}`. */
export interface Button {
  customId: string
  label: string
  emoji: string
  type: 2
  style: 2
}

/** How a result looks, which decides what can be done with it. */
export type Shape = 'grid' | 'single' | 'grown' | 'video' | 'words' | 'swapped'

export function buttonsOf(shape: Shape, uuid: string, clips: number): Button[] {
  switch (shape) {
    case 'grid':
      return [
        ...QUARTERS.map((n) => labelled(`U${n}`, `MJ::JOB::upsample::${n}::${uuid}`)),
        faced('🔄', `MJ::JOB::reroll::0::${uuid}::SOLO`),
        ...QUARTERS.map((n) => labelled(`V${n}`, `MJ::JOB::variation::${n}::${uuid}`)),
      ]
    case 'single':
      return [labelled('Upscale (Subtle)', `MJ::JOB::upsample_v7_2x_subtle::1::${uuid}::SOLO`), labelled('Upscale (Creative)', `MJ::JOB::upsample_v7_2x_creative::1::${uuid}::SOLO`), ...singleButtons(uuid)]
    case 'grown':
      return singleButtons(uuid)
    case 'video':
      return Array.from({ length: clips }, (_, clip) => ['high', 'low'].map((motion) => labelled(`Extend ${clip + 1}`, `MJ::JOB::animate_${motion}_extend::${clip + 1}::${uuid}::SOLO`))).flat()
    case 'words':
      return [...QUARTERS.map((n) => faced(`${n}️⃣`, `MJ::Job::PicReader::${n}`)), faced('🔄', 'MJ::Picread::Retry')]
    case 'swapped':
      return []
  }
}

const QUARTERS = [1, 2, 3, 4]

function singleButtons(uuid: string): Button[] {
  return [
    labelled('Vary (Subtle)', `MJ::JOB::low_variation::1::${uuid}::SOLO`),
    labelled('Vary (Strong)', `MJ::JOB::high_variation::1::${uuid}::SOLO`),
    labelled('Vary (Region)', `MJ::Inpaint::1::${uuid}::SOLO`),
    labelled('Zoom Out 2x', `MJ::Outpaint::50::1::${uuid}::SOLO`),
    labelled('Zoom Out 1.5x', `MJ::Outpaint::75::1::${uuid}::SOLO`),
    labelled('Custom Zoom', `MJ::CustomZoom::${uuid}`),
    ...(['left', 'right', 'up', 'down'] as const).map((way) => faced({ left: '⬅️', right: '➡️', up: '⬆️', down: '⬇️' }[way], `MJ::JOB::pan_${way}::1::${uuid}::SOLO`)),
    faced('❤️', `MJ::BOOKMARK::${uuid}`),
    labelled('Animate (High motion)', `MJ::JOB::animate_high::1::${uuid}::SOLO`),
    labelled('Animate (Low motion)', `MJ::JOB::animate_low::1::${uuid}::SOLO`),
  ]
}

/** What a button starts, and whether it asks for words first. */
export interface Started {
  action: string
  shape: Shape
  window: 'always' | 'remix' | 'never'
}

/** By how its id begins, as new-api reads the action off it. */
const STARTED: readonly (readonly [beginning: string, Started])[] = [
  ['MJ::JOB::upsample::', { action: 'UPSCALE', shape: 'single', window: 'never' }],
  ['MJ::JOB::upsample_', { action: 'UPSCALE', shape: 'grown', window: 'never' }],
  ['MJ::JOB::low_variation', { action: 'LOW_VARIATION', shape: 'grid', window: 'remix' }],
  ['MJ::JOB::high_variation', { action: 'HIGH_VARIATION', shape: 'grid', window: 'remix' }],
  ['MJ::JOB::variation', { action: 'VARIATION', shape: 'grid', window: 'remix' }],
  ['MJ::JOB::reroll', { action: 'REROLL', shape: 'grid', window: 'remix' }],
  ['MJ::JOB::pan_', { action: 'PAN', shape: 'grid', window: 'remix' }],
  ['MJ::Outpaint', { action: 'ZOOM', shape: 'grid', window: 'remix' }],
  ['MJ::CustomZoom', { action: 'CUSTOM_ZOOM', shape: 'grid', window: 'always' }],
  ['MJ::Inpaint', { action: 'INPAINT', shape: 'grid', window: 'always' }],
  ['MJ::JOB::animate_', { action: 'VIDEO', shape: 'video', window: 'never' }],
]

export function startedBy(customId: string): Started | undefined {
  return STARTED.find(([beginning]) => customId.startsWith(beginning))?.[1]
}

/** Pixels of a result of this shape: a grid has as many as 2048x2048, a quarter of it as 1024x1024. */
export function pixelsOf(shape: Shape, prompt: string): readonly [width: number, height: number] {
  const [, across = '1', down = '1'] = /--(?:ar|aspect)\s+(\d+):(\d+)/.exec(prompt) ?? []
  const side = shape === 'grid' || shape === 'grown' ? 2048 : 1024
  const ratio = Number(across) / Number(down)
  return [blocks(side * Math.sqrt(ratio)), blocks(side / Math.sqrt(ratio))]
}

function blocks(side: number): number {
  return Math.max(32, Math.round(side / 32) * 32)
}

const RANGES: Record<string, readonly [number, number] | RegExp> = {
  ar: /^\d{1,4}:\d{1,4}$/, aspect: /^\d{1,4}:\d{1,4}$/, seed: [0, 2 ** 32 - 1], no: /\S/, loop: /^$/, v: /^\d+(?:\.\d+)?$/, version: /^\d+(?:\.\d+)?$/, niji: /^\d*$/,
  fast: /^$/, relax: /^$/, turbo: /^$/, iw: [0, 3], q: [0.25, 4], quality: [0.25, 4], s: [0, 1000], stylize: [0, 1000], c: [0, 100], chaos: [0, 100], w: [0, 3000], weird: [0, 3000],
  stop: [10, 100], style: /^\w+$/, raw: /^$/, tile: /^$/, sref: /\S/, sw: [0, 1000], sv: [1, 9], cref: /\S/, cw: [0, 100], oref: /\S/, ow: [1, 1000], p: /^[\w\s-]*$/, profile: /^[\w\s-]*$/,
  exp: [0, 100], draft: /^$/, hd: /^$/, public: /^$/, stealth: /^$/, motion: /^(?:low|high)$/, zoom: [1, 2],
}

/** Midjourney's own complaint about the parameters of a prompt, which comes when the task has begun. */
export function parameterFault(prompt: string): string | undefined {
  const [, ...parameters] = ` ${prompt}`.split(/\s--(?=[a-z])/i)
  const seen = new Set<string>()
  for (const parameter of parameters) {
    const [, name = '', value = ''] = /^(\w+)\s*(.*)$/s.exec(parameter.trim()) ?? []
    const range = Object.hasOwn(RANGES, name) ? RANGES[name] : undefined
    if (range === undefined) return `[Invalid parameter] Unrecognized parameter(s): \`--${name}\``
    if (seen.has(name)) return `[Invalid parameter] \`--${name}\` was given twice`
    seen.add(name)
    const fits = range instanceof RegExp ? range.test(value) : value !== '' && Number(value) >= range[0] && Number(value) <= range[1]
    if (!fits) return `[Invalid parameter] Invalid value provided for argument \`--${name}\`: \`${value}\``
  }
  return undefined
}

function labelled(label: string, customId: string): Button {
  return { customId, label, emoji: '', type: 2, style: 2 }
}

function faced(emoji: string, customId: string): Button {
  return { customId, label: '', emoji, type: 2, style: 2 }
}
