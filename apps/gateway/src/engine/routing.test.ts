import { describe, expect, test } from 'vitest'
import type { GenerationRequest } from '../core/generation-request.ts'
import type { ChannelRow } from '../db/channel.ts'
import type { Provider } from '../providers/provider.ts'
import { chances, inOrder, judge, type Channel, type Lane, type RoutedWork, type Sight } from './routing.ts'

const MODEL = 'seedance-2.0-pro'
const REQUEST: GenerationRequest = { kind: 'video', operation: 'text_to_video', model: MODEL, prompt: 'a boat', count: 1, durationSeconds: 5, inputs: [] }
const WORK: RoutedWork = { request: REQUEST, group: 'default' }
const WELL: Sight = { mayTry: () => true }

describe('a channel is judged', () => {
  test.each<[what: string, row: Partial<ChannelRow>, verdict: object]>([
    ['usable when nothing speaks against it', {}, { is: 'usable' }],
    ['usable for a group that it is for', { groups: ['others', 'default'] }, { is: 'usable' }],
    ['out of reach for another group', { groups: ['others'] }, { is: 'unreachable', why: 'group', reason: 'it is for keys of others' }],
    ['out of reach while disabled', { enabled: false }, { is: 'unreachable', why: 'disabled' }],
    ['out of reach while drained', { draining: true }, { is: 'unreachable', why: 'draining' }],
    ['blocked with its reason', { blockedReason: 'AccountOverdue' }, { is: 'blocked', reason: 'AccountOverdue' }],
    ['blocked when each of its credentials is', { credentials: [credential('k1', { blockedReason: 'AuthenticationError' })] }, { is: 'blocked', reason: 'AuthenticationError' }],
    ['blocked without a credential', { credentials: [] }, { is: 'blocked', reason: 'it has no credential' }],
  ])('%s', (_what, row, verdict) => {
    expect(judge(channel('a', row), WORK, WELL)).toMatchObject(verdict)
  })

  test('out of reach for a model that it does not serve', () => {
    expect(judge(channel('a'), { ...WORK, request: { ...REQUEST, model: 'sora-2' } }, WELL)).toMatchObject({ is: 'unreachable', why: 'model' })
  })

  test('out of reach while its words are not what its provider takes', () => {
    expect(judge({ ...channel('a'), problem: 'its settings are wrong' }, WORK, WELL)).toEqual({ is: 'unreachable', why: 'misconfigured', reason: 'its settings are wrong' })
    const { provider: _, ...without } = channel('a', { provider: 'gone' })
    expect(judge(without, WORK, WELL)).toMatchObject({ why: 'misconfigured', reason: 'this release has no provider gone' })
  })

  test('unfit before it is looked at whether it could be asked now', () => {
    const unfit = { param: 'durationSeconds', message: 'at most 3 s here' }
    expect(judge(channel('a', { blockedReason: 'x' }, { unfit: () => unfit }), WORK, WELL)).toEqual({ is: 'unfit', unfit })
  })

  test('by its own name of the model and its settings', () => {
    const seen: unknown[] = []
    judge({ ...channel('a', {}, { unfit: (work) => void seen.push(work) }), settings: { region: 'x' } }, WORK, WELL)
    expect(seen).toEqual([{ request: REQUEST, upstreamModel: 'up-a', settings: { region: 'x' } }])
  })

  test('resting while its breaker is open, or each of its credentials has to wait', () => {
    const two = channel('a', { credentials: [credential('k1'), credential('k2')] })
    expect(judge(two, WORK, without('a'))).toMatchObject({ is: 'resting', reason: 'its breaker is open after faults' })
    expect(judge(two, WORK, without('k1', 'k2'))).toMatchObject({ is: 'resting', reason: 'its upstream asked to wait' })
    const verdict = judge(two, WORK, without('k1'))
    expect(verdict.is === 'usable' && verdict.lanes.map(({ credentials }) => credentials.map(({ id }) => id))).toEqual([['k2']])
  })
})

describe('work that goes on from an earlier job', () => {
  const job = { handle: { id: 'earlier' }, upstreamModel: 'up-a' }
  const work: RoutedWork = { ...WORK, parent: { lineage: 'k1', job } }
  /** Rotated since: `k9` stands in for `k1`. */
  const credentials = [credential('k9', { lineage: 'k1' }), credential('k2')]
  const needsParent: Partial<Provider> = { unfit: ({ parent }) => (parent === undefined ? { param: 'inputs', message: 'only what was made here' } : undefined) }

  test('goes first to the account that made it, whatever the priorities, though its key was rotated', () => {
    const lanes = lanesOf([channel('high', { priority: 9 }), channel('a', { credentials })], work)
    const [first, second, third] = inOrder(lanes)
    expect([first!.channel.row.id, first!.credentials.map(({ id }) => id), first!.parent]).toEqual(['a', ['k9'], job])
    expect([second!.channel.row.id, second!.parent]).toEqual(['high', undefined])
    expect([third!.channel.row.id, third!.credentials.map(({ id }) => id), third!.parent]).toEqual(['a', ['k2'], undefined])
  })

  test('goes nowhere else when no other account can know it', () => {
    const lanes = lanesOf([channel('other', {}, needsParent), channel('a', { credentials }, needsParent)], work)
    expect(lanes.map(({ channel: { row }, credentials: used }) => [row.id, used.map(({ id }) => id)])).toEqual([['a', ['k9']]])
    expect(judge(channel('other', {}, needsParent), work, WELL)).toMatchObject({ is: 'unfit', unfit: { param: 'inputs' } })
  })

  test('waits for its account rather than being called unfit', () => {
    const blocked = [credential('k9', { lineage: 'k1', blockedReason: 'no money' }), credential('k2')]
    expect(judge(channel('a', { credentials: blocked }, needsParent), work, WELL)).toEqual({ is: 'blocked', reason: 'no money' })
  })
})

describe('the order', () => {
  test('is by priority, then by chance in proportion to weight', () => {
    const lanes = lanesOf([channel('low', { priority: -1, weight: 1_000_000 }), channel('heavy', { weight: 3 }), channel('light', { weight: 1 }), channel('none', { weight: 0 })], WORK)
    // Numerical Recipes' generator: the same chances at each run.
    let state = 1
    const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
    const firsts: Record<string, number> = {}
    for (let index = 0; index < 4_000; index += 1) {
      const order = inOrder(lanes, random).map(({ channel: { row } }) => row.id)
      firsts[order[0]!] = (firsts[order[0]!] ?? 0) + 1
      expect(order.slice(2)).toEqual(['none', 'low'])
    }
    expect(firsts['heavy']! / 4_000).toBeCloseTo(0.75, 1)
    expect(chances(lanes)).toEqual(new Map([['heavy', 0.75], ['light', 0.25], ['none', 0]]))
  })

  test('gives those without any weight the same chance, and a maker all of it', () => {
    expect(chances(lanesOf([channel('a', { weight: 0 }), channel('b', { weight: 0 })], WORK))).toEqual(new Map([['a', 0.5], ['b', 0.5]]))
    const parent = { lineage: 'a-key', job: { handle: {}, upstreamModel: 'm' } }
    expect(chances(lanesOf([channel('a'), channel('b', { priority: 5 })], { ...WORK, parent }))).toEqual(new Map([['a', 1]]))
  })
})

function channel(id: string, row: Partial<ChannelRow> = {}, provider: Partial<Provider> = {}): Channel {
  return {
    row: {
      id, name: '', provider: 'played', settings: {}, priority: 0, weight: 1, enabled: true, draining: false, managedBy: 'admin',
      createdAtMs: 0, updatedAtMs: 0, credentials: [credential(`${id}-key`)], ...row,
    },
    provider: { id: 'played', ...provider } as Provider,
    settings: {},
    models: new Map([[MODEL, `up-${id}`]]),
  }
}

function credential(id: string, more: Partial<ChannelRow['credentials'][number]> = {}): ChannelRow['credentials'][number] {
  return { id, label: id, lineage: id, fingerprint: Buffer.alloc(0), createdAtMs: 0, ...more }
}

function without(...ids: string[]): Sight {
  return { mayTry: (id) => !ids.includes(id) }
}

function lanesOf(channels: readonly Channel[], work: RoutedWork): Lane[] {
  return channels.flatMap((each) => {
    const verdict = judge(each, work, WELL)
    return verdict.is === 'usable' ? verdict.lanes : []
  })
}
