/*
 * Workflows as an operator would export them, with their holes: one for each generic model of the catalogue. Sizes and
 * lengths are small, so that what comes of the exported values shows.
 */

const loader = (checkpoint: string) => ({ class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: checkpoint }, _meta: { title: 'Load Checkpoint' } })
const words = (title: string) => ({ class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['1', 1] }, _meta: { title } })
const sampler = (latent: [string, number], positive: [string, number] = ['2', 0], negative: [string, number] = ['3', 0]) => ({
  class_type: 'KSampler',
  inputs: { model: ['1', 0], seed: 42, steps: 20, cfg: 7, sampler_name: 'euler', scheduler: 'normal', positive, negative, latent_image: latent, denoise: 1 },
})
const decoded = { class_type: 'VAEDecode', inputs: { samples: ['5', 0], vae: ['1', 2] } }
const savedImage = { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'ComfyUI' } }
const film = { class_type: 'CreateVideo', inputs: { images: ['6', 0], fps: 16 } }
const savedVideo = { class_type: 'SaveVideo', inputs: { video: ['7', 0], filename_prefix: 'video/ComfyUI', format: 'auto', codec: 'auto' } }

const SDXL = 'sd_xl_base_1.0.safetensors'
const WAN = 'wan2.2_ti2v_5B_fp16.safetensors'

const hole = (node: string, input: string, transform?: Record<string, unknown>) => [{ node, input, ...(transform && { transform }) }]
const COMMON_HOLES = { prompt: hole('#prompt', 'text'), negative_prompt: hole('#negative', 'text'), seed: hole('5', 'seed') }
const SIZE_HOLES = { width: hole('4', 'width'), height: hole('4', 'height') }
/** Frames of Wan: 4k + 1 at 16 a second. */
const LENGTH_HOLE = { duration_seconds: hole('4', 'length', { scale: 16, multiple_of: 4, offset: 1 }) }

export const WORKFLOWS = {
  'comfyui-text-to-image': {
    graph: {
      1: loader(SDXL), 2: words('#prompt'), 3: words('#negative'), 4: { class_type: 'EmptyLatentImage', inputs: { width: 1024, height: 1024, batch_size: 1 } },
      5: sampler(['4', 0]), 6: decoded, 7: savedImage, 8: { class_type: 'PreviewImage', inputs: { images: ['6', 0] } },
    },
    holes: { ...COMMON_HOLES, ...SIZE_HOLES, count: hole('4', 'batch_size'), style: hole('2', 'text', { template: '{value} style' }), 'vendor.steps': hole('5', 'steps'), 'vendor.cfg': hole('5', 'cfg') },
  },
  'comfyui-image-edit': {
    graph: {
      1: loader(SDXL), 2: words('#prompt'), 3: words('#negative'),
      4: { class_type: 'VAEEncodeForInpaint', inputs: { pixels: ['9', 0], vae: ['1', 2], mask: ['10', 0], grow_mask_by: 6 } },
      5: sampler(['4', 0]), 6: decoded, 7: savedImage,
      9: { class_type: 'LoadImage', inputs: { image: 'example.png' } }, 10: { class_type: 'LoadImageMask', inputs: { image: 'example.png', channel: 'red' } },
    },
    holes: { ...COMMON_HOLES, image_1: hole('9', 'image'), mask: hole('10', 'image') },
    outputs: ['7'],
  },
  'comfyui-text-to-video': {
    graph: {
      1: loader(WAN), 2: words('#prompt'), 3: words('#negative'), 4: { class_type: 'EmptyHunyuanLatentVideo', inputs: { width: 832, height: 480, length: 81, batch_size: 1 } },
      5: sampler(['4', 0]), 6: decoded, 7: film, 8: savedVideo, 9: { class_type: 'SaveImage', inputs: { images: ['6', 0], filename_prefix: 'frames' } },
    },
    holes: { ...COMMON_HOLES, ...SIZE_HOLES, ...LENGTH_HOLE },
  },
  'comfyui-image-to-video': {
    graph: {
      1: loader(WAN), 2: words('#prompt'), 3: words('#negative'),
      4: { class_type: 'WanFirstLastFrameToVideo', inputs: { positive: ['2', 0], negative: ['3', 0], vae: ['1', 2], width: 256, height: 144, length: 17, batch_size: 1, start_image: ['10', 0], end_image: ['11', 0] } },
      5: sampler(['4', 2], ['4', 0], ['4', 1]), 6: decoded, 7: film, 8: savedVideo,
      10: { class_type: 'LoadImage', inputs: { image: 'example.png' } }, 11: { class_type: 'LoadImage', inputs: { image: 'example.png' } },
    },
    holes: { ...COMMON_HOLES, ...LENGTH_HOLE, first_frame: hole('10', 'image'), last_frame: hole('11', 'image') },
    outputs: ['8'],
  },
}
