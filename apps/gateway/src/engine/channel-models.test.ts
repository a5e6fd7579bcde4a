import { describe, expect, test } from 'vitest'
import { allModels } from '../catalog/index.ts'
import { servedModels } from './channel-models.ts'

const ARK = { id: 'volcengine-ark', kinds: ['video'] as const }

describe('what a channel serves', () => {
  test('without a word of its operator: every model of its kinds that the catalogue says how its provider calls', () => {
    const { models, problems } = servedModels(undefined, ARK)
    expect(problems).toEqual([])
    expect(models.get('seedance-2.0-pro')).toBe('doubao-seedance-2-0-260128')
    const known = allModels().filter(({ kind, upstreamNames }) => kind === 'video' && upstreamNames?.['volcengine-ark'] !== undefined)
    expect([...models.keys()].toSorted()).toEqual(known.map(({ id }) => id).toSorted())
  })

  test('where the provider takes our names: every model of its kinds', () => {
    const { models } = servedModels(undefined, { id: 'another-gateway', kinds: ['video', 'image'], takesOurNames: true })
    expect(models.size).toBe(allModels().filter(({ kind }) => kind === 'video' || kind === 'image').length)
    expect(models.get('sora-2')).toBe('sora-2')
  })

  test('named as a list, by the usual names; named as a map, by the operator\'s', () => {
    expect(servedModels(['seedance-2.0-pro'], ARK).models).toEqual(new Map([['seedance-2.0-pro', 'doubao-seedance-2-0-260128']]))
    expect(servedModels({ 'seedance-2.0-pro': 'ep-2026-own' }, ARK).models).toEqual(new Map([['seedance-2.0-pro', 'ep-2026-own']]))
  })

  test('by alias it is the model itself', () => {
    expect([...servedModels({ 'doubao-seedance-2-5-260628': 'x' }, ARK).models.keys()]).toEqual(['seedance-2.5'])
  })

  test.each([
    [['no-such-model'], /there is no model "no-such-model"/],
    [{ 'gpt-image-1.5': 'x' }, /gpt-image-1.5 makes images, and volcengine-ark makes only videos/],
    [['sora-2'], /sora-2 needs the upstream's name/],
  ])('%j is said to be wrong', (named, says) => {
    const { models, problems } = servedModels(named, ARK)
    expect(models.size).toBe(0)
    expect(problems).toEqual([expect.stringMatching(says)])
  })
})
