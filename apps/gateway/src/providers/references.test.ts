import { describe, expect, test } from 'vitest'
import type { InputMedia, InputRole } from '../core/generation-request.ts'
import { plainReference, translateReferences } from './references.ts'

const input = (media: InputMedia, role: InputRole = 'reference') => ({ media, role })
const marked = (prompt: string, inputs: ReturnType<typeof input>[]) => translateReferences(prompt, inputs, ({ media, number, input: found }) => `<${media}_${number} at ${inputs.indexOf(found)}>`)

describe('references in a prompt', () => {
  test('count each medium by itself, from 1, whatever stands between', () => {
    const inputs = [input('image'), input('video'), input('image'), input('audio')]
    expect(marked('@Image2 dances like @video1 to @Audio 1', inputs)).toBe('<image_2 at 2> dances like <video_1 at 1> to <audio_1 at 3>')
  })

  test('leave masks out of the count', () => {
    expect(marked('@Image1', [input('image', 'mask'), input('image', 'source')])).toBe('<image_1 at 1>')
  })

  test.each(['@Image0', '@Image3', '@image 12'])('of what was not given are refused: %s', (token) => {
    expect(() => marked(`look at ${token}`, [input('image'), input('image')])).toThrow(expect.objectContaining({ kind: 'refused', code: 'invalid_request', param: 'prompt' }))
  })

  test.each(['@image1 on the wall', 'mail image@image1.com'])('are none where there is no such material: %s', (prompt) => {
    expect(marked(prompt, [])).toBe(prompt)
  })

  test('are followed by Chinese without a space', () => {
    expect(marked('让@Image1跟着@Image2跳舞', [input('image'), input('image')])).toBe('让<image_1 at 0>跟着<image_2 at 1>跳舞')
  })

  test.each(['@image1st', '@Image1234', '@Image1é'])('end where the word ends: %s', (prompt) => {
    expect(marked(prompt, [input('image')])).toBe(prompt)
  })

  test('become plain words for upstreams that know none', () => {
    expect(translateReferences('@Image1 waves', [input('image')], plainReference)).toBe('image 1 waves')
  })
})
