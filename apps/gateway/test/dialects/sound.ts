const SAMPLES_PER_SECOND = 8000
const SECONDS = 3
const HEADER_BYTES = 44

/** Silence, as a WAV file in a data URI. */
export function threeSecondsOfSound(): string {
  return `data:audio/wav;base64,${threeSecondsOfWav().toString('base64')}`
}

/** One channel of 8 bits: the smallest file that is a sound. */
export function threeSecondsOfWav(): Buffer {
  const samples = SAMPLES_PER_SECOND * SECONDS
  const file = Buffer.alloc(HEADER_BYTES + samples, 0x80)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(HEADER_BYTES - 8 + samples, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(SAMPLES_PER_SECOND, 24)
  file.writeUInt32LE(SAMPLES_PER_SECOND, 28)
  file.writeUInt16LE(1, 32)
  file.writeUInt16LE(8, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(samples, 40)
  return file
}

const MP3_FRAMES = 115
/** 128 kbit/s at 44.1 kHz: 144 * 128000 / 44100, without padding. */
const MP3_FRAME_BYTES = 417

/** Three seconds of silence: frames of MPEG 1, layer 3, whose headers say that nothing follows. */
export function threeSecondsOfMp3(): Buffer {
  const frame = Buffer.alloc(MP3_FRAME_BYTES)
  frame.set([0xff, 0xfb, 0x90, 0x00])
  return Buffer.concat(Array<Buffer>(MP3_FRAMES).fill(frame))
}
