import { between, pick, randomFrom } from './random.ts'

export const SAMPLE_RATE = 48_000
export const CHANNELS = 2

/** Steps of the major pentatonic scale, in semitones: any two of them sound well together. */
const PENTATONIC: readonly [number, ...number[]] = [0, 2, 4, 7, 9, 12, 14, 16]
const BEAT_SECONDS = 0.5
const PLUCK_SECONDS = 1.6
const FADE_SECONDS = 0.25

/** A soft chord with plucked notes over it, chosen by the seed. Interleaved stereo, −1 to 1, peaks about 0.3. */
export function synthesizeTone(seed: number, sampleCount: number): Float32Array<ArrayBuffer> {
  const random = randomFrom(`tone|${seed}`)
  const samples = new Float32Array(sampleCount * CHANNELS)
  const rootHertz = 220 * 2 ** (Math.floor(between(random, -5, 5)) / 12)

  for (const [voice, semitones] of [-12, 0, 7].entries()) {
    const radians = radiansPerSample(rootHertz, semitones)
    const swayRadians = (2 * Math.PI * (0.1 + 0.07 * voice)) / SAMPLE_RATE
    for (let i = 0; i < sampleCount; i++) {
      const level = 0.035 * (1 + 0.3 * Math.sin(i * swayRadians + voice)) * Math.sin(i * radians)
      samples[2 * i]! += level
      samples[2 * i + 1]! += level
    }
  }

  const beatSamples = BEAT_SECONDS * SAMPLE_RATE
  for (let start = 0; start < sampleCount; start += beatSamples) {
    const radians = radiansPerSample(rootHertz, 12 + pick(random, PENTATONIC))
    const pan = between(random, 0.25, 0.75)
    const rests = random() < 0.2
    if (rests) continue
    const end = Math.min(sampleCount, start + PLUCK_SECONDS * SAMPLE_RATE)
    for (let i = start; i < end; i++) {
      const seconds = (i - start) / SAMPLE_RATE
      const attack = Math.min(1, seconds / 0.008)
      const level = 0.11 * attack * Math.exp(-seconds * 4) * (Math.sin((i - start) * radians) + 0.25 * Math.exp(-seconds * 6) * Math.sin(2 * (i - start) * radians))
      samples[2 * i]! += level * (1 - pan) * 1.4
      samples[2 * i + 1]! += level * pan * 1.4
    }
  }

  const fadeSamples = Math.min(FADE_SECONDS * SAMPLE_RATE, sampleCount / 2)
  for (let i = 0; i < fadeSamples; i++) {
    const share = i / fadeSamples
    samples[2 * i]! *= share
    samples[2 * i + 1]! *= share
    const last = sampleCount - 1 - i
    samples[2 * last]! *= share
    samples[2 * last + 1]! *= share
  }
  return samples
}

function radiansPerSample(rootHertz: number, semitones: number): number {
  return (2 * Math.PI * rootHertz * 2 ** (semitones / 12)) / SAMPLE_RATE
}
