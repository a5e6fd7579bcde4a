/** The inputs of a node class: `INT` and `FLOAT` with bounds, combos as the list of their words, links by their type. */
type InputKind = 'STRING' | 'BOOLEAN' | readonly string[] | { number: 'INT' | 'FLOAT'; min: number; max: number } | { link: string } | 'FILE'

interface NodeClass {
  inputs: Record<string, InputKind>
  /** Types of the outputs. */
  outputs: readonly string[]
  outputNode?: true
}

const int = (min: number, max: number): InputKind => ({ number: 'INT', min, max })
const float = (min: number, max: number): InputKind => ({ number: 'FLOAT', min, max })
const link = (type: string): InputKind => ({ link: type })

const MAX_RESOLUTION = 16_384
const SAMPLER: Record<string, InputKind> = {
  model: link('MODEL'), seed: int(0, 2 ** 64), steps: int(1, 10_000), cfg: float(0, 100), sampler_name: ['euler', 'dpmpp_2m'], scheduler: ['normal', 'karras', 'simple'],
  positive: link('CONDITIONING'), negative: link('CONDITIONING'), latent_image: link('LATENT'), denoise: float(0, 1),
}

/** Core nodes that the workflows below need, with the names and bounds of ComfyUI 0.3.64. */
export const NODE_CLASSES: Record<string, NodeClass> = {
  CheckpointLoaderSimple: { inputs: { ckpt_name: ['sd_xl_base_1.0.safetensors', 'wan2.2_ti2v_5B_fp16.safetensors'] }, outputs: ['MODEL', 'CLIP', 'VAE'] },
  CLIPTextEncode: { inputs: { text: 'STRING', clip: link('CLIP') }, outputs: ['CONDITIONING'] },
  EmptyLatentImage: { inputs: { width: int(16, MAX_RESOLUTION), height: int(16, MAX_RESOLUTION), batch_size: int(1, 4096) }, outputs: ['LATENT'] },
  EmptyHunyuanLatentVideo: { inputs: { width: int(16, MAX_RESOLUTION), height: int(16, MAX_RESOLUTION), length: int(1, MAX_RESOLUTION), batch_size: int(1, 4096) }, outputs: ['LATENT'] },
  WanFirstLastFrameToVideo: {
    inputs: { positive: link('CONDITIONING'), negative: link('CONDITIONING'), vae: link('VAE'), width: int(16, MAX_RESOLUTION), height: int(16, MAX_RESOLUTION), length: int(1, MAX_RESOLUTION), batch_size: int(1, 4096), start_image: link('IMAGE'), end_image: link('IMAGE') },
    outputs: ['CONDITIONING', 'CONDITIONING', 'LATENT'],
  },
  LoadImage: { inputs: { image: 'FILE' }, outputs: ['IMAGE', 'MASK'] },
  LoadImageMask: { inputs: { image: 'FILE', channel: ['alpha', 'red', 'green', 'blue'] }, outputs: ['MASK'] },
  VAEEncodeForInpaint: { inputs: { pixels: link('IMAGE'), vae: link('VAE'), mask: link('MASK'), grow_mask_by: int(0, 64) }, outputs: ['LATENT'] },
  KSampler: { inputs: SAMPLER, outputs: ['LATENT'] },
  VAEDecode: { inputs: { samples: link('LATENT'), vae: link('VAE') }, outputs: ['IMAGE'] },
  SaveImage: { inputs: { images: link('IMAGE'), filename_prefix: 'STRING' }, outputs: [], outputNode: true },
  PreviewImage: { inputs: { images: link('IMAGE') }, outputs: [], outputNode: true },
  CreateVideo: { inputs: { images: link('IMAGE'), fps: float(1, 120) }, outputs: ['VIDEO'] },
  SaveVideo: { inputs: { video: link('VIDEO'), filename_prefix: 'STRING', format: ['auto', 'mp4'], codec: ['auto', 'h264'] }, outputs: [], outputNode: true },
}

interface NodeFault {
  type: string
  message: string
  details: string
  extra_info: { input_name: string; received_value?: unknown }
}

type Node = { class_type: string; inputs: Record<string, unknown> }

/** What the server finds wrong with a node, before anything runs. */
export function faultsOf(node: Node, graph: Record<string, Node>, files: ReadonlySet<string>): NodeFault[] {
  const nodeClass = NODE_CLASSES[node.class_type]
  return Object.entries(nodeClass?.inputs ?? {}).flatMap(([name, kind]) => {
    const value = node.inputs[name]
    const fault = (type: string, message: string): NodeFault[] => [{ type, message, details: name, extra_info: { input_name: name, ...(value !== undefined && { received_value: value }) } }]
    if (value === undefined) return fault('required_input_missing', 'Required input is missing')
    if (Array.isArray(value)) {
      const [from, slot] = value as [string, number]
      const type = NODE_CLASSES[graph[from]?.class_type ?? '']?.outputs[slot]
      return typeof kind === 'object' && 'link' in kind && type === kind.link ? [] : fault('return_type_mismatch', 'Return type mismatch between linked nodes')
    }
    return faultOfLiteral(kind, value, fault, files)
  })
}

function faultOfLiteral(kind: InputKind, value: unknown, fault: (type: string, message: string) => NodeFault[], files: ReadonlySet<string>): NodeFault[] {
  if (kind === 'STRING') return typeof value === 'string' ? [] : fault('invalid_input_type', 'Failed to convert an input value to a STRING value')
  if (kind === 'BOOLEAN') return typeof value === 'boolean' ? [] : fault('invalid_input_type', 'Failed to convert an input value to a BOOLEAN value')
  if (kind === 'FILE') return files.has(String(value)) ? [] : fault('custom_validation_failed', 'Custom validation failed for node')
  if ('link' in kind) return fault('bad_linked_input', 'Bad linked input, must be a length-2 list of [node_id, slot_index]')
  if (!('number' in kind)) return kind.includes(String(value)) ? [] : fault('value_not_in_list', 'Value not in list')
  if (typeof value !== 'number' || (kind.number === 'INT' && !Number.isInteger(value))) return fault('invalid_input_type', `Failed to convert an input value to a ${kind.number} value`)
  if (value < kind.min) return fault('value_smaller_than_min', `Value ${value} smaller than min of ${kind.min}`)
  return value > kind.max ? fault('value_bigger_than_max', `Value ${value} bigger than max of ${kind.max}`) : []
}
