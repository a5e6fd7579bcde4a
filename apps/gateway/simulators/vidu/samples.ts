import { imageSample, videoSample } from '../sample.ts'
import type { Refusal, Sample, SampleInput } from '../simulator.ts'

const PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) }
const OTHER_PICTURE: SampleInput = { media: 'image', role: 'reference', mediaType: 'image/jpeg', url: 'https://example.com/dog.jpg' }
const FIRST_FRAME: SampleInput = { ...PICTURE, role: 'first_frame' }
const LAST_FRAME: SampleInput = { ...OTHER_PICTURE, role: 'last_frame' }
const VIDEO: SampleInput = { media: 'video', role: 'reference', mediaType: 'video/mp4', url: 'https://example.com/walk.mp4' }
const SOURCE: SampleInput = { ...VIDEO, role: 'source' }
const VOICE: SampleInput = { media: 'audio', role: 'source', mediaType: 'audio/mpeg', url: 'https://example.com/voice.mp3' }

/** One job of each route, with subjects and without, on the shortest and longest that there is. */
export function viduSamples(): Sample[] {
  return [
    videoSample('viduq2', { durationSeconds: 1, resolution: '540p', aspectRatio: '9:16', seed: 0 }),
    videoSample('viduq3-pro', { durationSeconds: 1, resolution: '360p', aspectRatio: 'adaptive', audio: true }, [FIRST_FRAME]),
    videoSample('viduq2-turbo', { prompt: '', durationSeconds: 2, resolution: '540p', aspectRatio: 'adaptive' }, [FIRST_FRAME, LAST_FRAME]),
    videoSample('viduq2', { prompt: '@Image1 walks with @Image2', durationSeconds: 1, resolution: '540p', aspectRatio: '3:4', audio: true, vendor: { bgm: false, voice_id: 'calm' } }, [PICTURE, OTHER_PICTURE]),
    videoSample('viduq3-mix', { prompt: '@Image7 among the others', durationSeconds: 1, resolution: '720p', aspectRatio: '1:1', audio: false }, Array.from({ length: 7 }, () => OTHER_PICTURE)),
    videoSample('viduq2-pro', { prompt: '@Image1 dances like @Video1', durationSeconds: 1, resolution: '540p', aspectRatio: '16:9' }, [PICTURE, VIDEO]),
    videoSample('viduq2-pro', { operation: 'extend', durationSeconds: 7, resolution: '540p', aspectRatio: 'adaptive', vendor: { watermark: true, wm_position: 1 } }, [SOURCE, LAST_FRAME]),
    // A step further on the same account, where the first one is known by its id.
    { ...videoSample('viduq2-turbo', { operation: 'extend', durationSeconds: 1, resolution: '540p', aspectRatio: 'adaptive' }, [{ media: 'video', role: 'source', mediaType: 'video/mp4' }]), parent: 0 },
    videoSample('viduq3-turbo', { durationSeconds: 16, resolution: '540p', aspectRatio: '4:3', audio: false }),
    videoSample('vidu1.5', { durationSeconds: 8, resolution: '720p', aspectRatio: '1:1', style: 'anime', vendor: { movement_amplitude: 'small' } }),
    videoSample('lip-sync', { operation: 'lip_sync', prompt: '', durationSeconds: 'auto', aspectRatio: 'adaptive', audio: true }, [SOURCE, VOICE]),
    videoSample('lip-sync', { operation: 'lip_sync', prompt: 'Four words are said', durationSeconds: 'auto', aspectRatio: 'adaptive', audio: true, vendor: { voice_id: 'calm', speed: 1.5, volume: 10, language: 'en' } }, [SOURCE]),
    imageSample('viduq2', { resolution: '1080p', aspectRatio: '1:1', seed: 0 }),
    imageSample('viduq2', { resolution: '1080p', aspectRatio: 'adaptive', prompt: '@Image7 among the others' }, Array.from({ length: 7 }, () => OTHER_PICTURE)),
    imageSample('viduq1', { resolution: '1080p', aspectRatio: '4:3' }, [{ ...PICTURE, role: 'source' }]),
  ]
}

export function viduRefusals(): Refusal[] {
  return [
    { about: '17 s of Q3', sample: videoSample('viduq3-pro', { durationSeconds: 17 }), param: 'durationSeconds' },
    { about: '2 s of the Q3 that begins at 3', sample: videoSample('viduq3', { durationSeconds: 2 }, [PICTURE]), param: 'durationSeconds' },
    { about: '8 s at 1080p of 2.0', sample: videoSample('vidu2.0', { durationSeconds: 8, resolution: '1080p' }, [FIRST_FRAME]), param: 'durationSeconds' },
    { about: 'half a second', sample: videoSample('viduq2', { durationSeconds: 2.5 }), param: 'durationSeconds' },
    { about: '2K from text', sample: videoSample('viduq3-pro', { resolution: '2k' }), param: 'resolution' },
    { about: 'eight references', sample: videoSample('viduq2', {}, Array.from({ length: 8 }, () => OTHER_PICTURE)), param: 'inputs' },
    { about: 'a video among the references of Q2', sample: videoSample('viduq2', {}, [PICTURE, VIDEO]), param: 'inputs' },
    { about: 'text alone for a model of frames', sample: videoSample('viduq2-pro-fast', {}), param: 'operation' },
    { about: 'a ratio of its own beside a frame', sample: videoSample('viduq2-pro', { aspectRatio: '9:16' }, [FIRST_FRAME]), param: 'aspectRatio' },
    { about: '3:4 of Q1', sample: videoSample('viduq1', { aspectRatio: '3:4' }), param: 'aspectRatio' },
    { about: 'sound of a silent model', sample: videoSample('viduq2-pro', { audio: true }, [FIRST_FRAME]), param: 'audio' },
    { about: 'a video to go on from that nobody can reach', sample: videoSample('viduq2-pro', { operation: 'extend' }, [{ media: 'video', role: 'source', mediaType: 'video/mp4' }]), param: 'inputs' },
    { about: 'a picture of another format', sample: videoSample('viduq3-pro', {}, [{ ...FIRST_FRAME, mediaType: 'image/gif' }]) },
    { about: 'lips without words or a sound', sample: videoSample('lip-sync', { operation: 'lip_sync', prompt: '' }, [SOURCE]), param: 'prompt' },
    { about: 'words and a sound for the same lips', sample: videoSample('lip-sync', { operation: 'lip_sync' }, [SOURCE, VOICE]), param: 'prompt' },
    { about: 'speech twice as fast', sample: videoSample('lip-sync', { operation: 'lip_sync', vendor: { speed: 2 } }, [SOURCE]) },
    { about: 'eight pictures for one', sample: imageSample('viduq2', {}, Array.from({ length: 8 }, () => OTHER_PICTURE)), param: 'inputs' },
    { about: 'a picture of Q1 from words alone', sample: imageSample('viduq1', {}), param: 'inputs' },
    { about: '4K of Q1', sample: imageSample('viduq1', { resolution: '4K' }, [OTHER_PICTURE]), param: 'resolution' },
    { about: 'two pictures', sample: imageSample('viduq2', { count: 2 }), param: 'count' },
    { about: 'two videos', sample: videoSample('viduq2', { count: 2 }), param: 'count' },
  ]
}
