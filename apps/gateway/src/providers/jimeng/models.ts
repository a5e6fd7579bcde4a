import type { Operation } from '../../core/generation-request.ts'

/** What the service makes under each `req_key`, and by which of its actions. */
export type JimengModel = VideoModel | AvatarModel | MotionModel | PictureModel

interface Asked {
  /** The vendor's key for each way of working: most videos take either text, or a first frame, or both frames. */
  keys: Partial<Record<Operation, string>>
  /** As a task, unless it is by the actions of the service's older products, or for an answer that is the result. */
  by?: 'older_tasks' | 'at_once'
}

export interface VideoModel extends Asked {
  makes: 'video'
  resolution: string
  seconds: readonly number[]
  /** A camera move by name; it is what the model is for. */
  camera?: true
}

/** A portrait that speaks. */
export interface AvatarModel extends Asked {
  makes: 'avatar'
  resolutions: readonly string[]
  /** It takes words, a seed and a resolution. */
  directed?: true
}

/** A picture that moves like a video. */
export interface MotionModel extends Asked {
  makes: 'motion'
  /** The picture may be sent as it is, and the first second of the result, which leads over to it, may be left in. */
  second?: true
}

export interface PictureModel extends Asked {
  makes: 'picture'
  /** How many pictures it takes: the least and the most, without the mask. */
  pictures: readonly [least: number, most: number]
  masked?: true
  /** Absent where the picture given decides. */
  sizes?: Sizes
  /** It chooses the shape itself where only an area is said, and makes groups unless it is told not to. */
  free?: true
  seed?: true
  /** The words may be rewritten: `use_pre_llm`. */
  rewrites?: true
  /** The result may have twice the sides: `use_sr`. */
  enlarges?: true
  /** The most of `scale`, which weighs the words against the pictures. */
  maxScale?: number
}

interface Sizes {
  minSide: number
  maxSide: number
  minArea?: number
  maxArea?: number
  maxRatio?: number
}

const S2_PRO: VideoModel = { makes: 'video', keys: { text_to_video: 'jimeng_vgfm_t2v_l20', image_to_video: 'jimeng_vgfm_i2v_l20' }, resolution: '720p', seconds: [5] }
const V3_720P: VideoModel = {
  makes: 'video', keys: { text_to_video: 'jimeng_t2v_v30', image_to_video: 'jimeng_i2v_first_v30', first_last_frame: 'jimeng_i2v_first_tail_v30' }, resolution: '720p', seconds: [5, 10],
}
/** The endings are irregular: `_1080p` from text, `_1080` from pictures. */
const V3_1080P: VideoModel = {
  makes: 'video', keys: { text_to_video: 'jimeng_t2v_v30_1080p', image_to_video: 'jimeng_i2v_first_v30_1080', first_last_frame: 'jimeng_i2v_first_tail_v30_1080' }, resolution: '1080p', seconds: [5, 10],
}
const V3_PRO: VideoModel = { makes: 'video', keys: { text_to_video: 'jimeng_ti2v_v30_pro', image_to_video: 'jimeng_ti2v_v30_pro' }, resolution: '1080p', seconds: [5, 10] }
const CAMERA: VideoModel = { makes: 'video', keys: { image_to_video: 'jimeng_i2v_recamera_v30' }, resolution: '720p', seconds: [5, 10], camera: true }

/** "Output 480P" of the quick mode. */
const OMNI_1_5: AvatarModel = { makes: 'avatar', by: 'older_tasks', keys: { image_to_video: 'jimeng_realman_avatar_picture_omni_v15' }, resolutions: ['1080p', '720p'], directed: true }
const OMNI_QUICK: AvatarModel = { makes: 'avatar', by: 'older_tasks', keys: { image_to_video: 'jimeng_realman_avatar_picture_omni_v2' }, resolutions: ['480p'] }
const ACTOR_M1: MotionModel = { makes: 'motion', keys: { video_to_video: 'jimeng_dream_actor_m1_gen_video_cv' } }
const ACTOR_M2: MotionModel = { makes: 'motion', keys: { video_to_video: 'jimeng_dreamactor_m20_gen_video' }, second: true }

/** "width × height in [1024×1024, 4096×4096]", from 1:3 to 3:1 unless it is told otherwise. */
const GENERATION_4: Pick<PictureModel, 'makes' | 'free' | 'sizes'> = { makes: 'picture', free: true, sizes: { minSide: 1, maxSide: 7094, minArea: 1024 ** 2, maxArea: 4096 ** 2, maxRatio: 3 } }
/** `scale` is "[1, 100]" here, and "[0, 1]" in 4.0. */
const IMAGE_4_6: PictureModel = { ...GENERATION_4, keys: { text_to_image: 'jimeng_seedream46_cvtob', image_edit: 'jimeng_seedream46_cvtob' }, pictures: [0, 14], maxScale: 100 }
const IMAGE_4_0: PictureModel = { ...GENERATION_4, keys: { text_to_image: 'jimeng_t2i_v40', image_edit: 'jimeng_t2i_v40' }, pictures: [0, 10], maxScale: 1 }
/** "width × height in [512×512, 2048×2048]". */
const GENERATION_3: Omit<PictureModel, 'keys'> = { makes: 'picture', pictures: [0, 0], sizes: { minSide: 1, maxSide: 3547, minArea: 512 ** 2, maxArea: 2048 ** 2, maxRatio: 3 }, seed: true, rewrites: true }
const IMAGE_3_1: PictureModel = { ...GENERATION_3, keys: { text_to_image: 'jimeng_t2i_v31' } }
const IMAGE_3_0: PictureModel = { ...GENERATION_3, keys: { text_to_image: 'jimeng_t2i_v30' } }
const EDIT_3_0: PictureModel = { makes: 'picture', keys: { image_edit: 'jimeng_i2i_v30' }, pictures: [1, 1], sizes: { minSide: 512, maxSide: 2016 }, seed: true, maxScale: 1 }
const INPAINT: PictureModel = { makes: 'picture', keys: { image_edit: 'jimeng_image2image_dream_inpaint' }, pictures: [1, 1], masked: true, seed: true }
const IMAGE_2_1: PictureModel = { makes: 'picture', by: 'at_once', keys: { text_to_image: 'jimeng_high_aes_general_v21_L' }, pictures: [0, 0], sizes: { minSide: 256, maxSide: 768 }, seed: true, rewrites: true, enlarges: true }

/** Each model by all of its keys, and by the names that gateways have for it; the work says which key is sent. */
export const MODELS: ReadonlyMap<string, JimengModel> = new Map(
  ([
    [S2_PRO], [V3_720P, 'jimeng_v30'], [V3_1080P, 'jimeng_v30_1080p'], [V3_PRO, 'jimeng_v30_pro'], [CAMERA],
    [OMNI_1_5], [OMNI_QUICK], [ACTOR_M1], [ACTOR_M2],
    [IMAGE_4_6], [IMAGE_4_0], [IMAGE_3_1], [IMAGE_3_0], [EDIT_3_0], [INPAINT], [IMAGE_2_1],
  ] as const).flatMap(([model, ...names]) => [...Object.values(model.keys), ...names].map((name): [string, JimengModel] => [name, model])),
)
