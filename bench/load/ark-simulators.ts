import { simulateVolcengineArk } from '../../apps/gateway/simulators/volcengine-ark.ts'

export interface ArkSimulatorsOptions {
  /** One simulator for each: how long its jobs take. */
  renderSeconds: number[]
}

/** So many jobs at a simulator, by its place in `renderSeconds`; `batch` comes back with them. */
export interface ArkSimulatorsAsked {
  batch: number
  simulator: number
  count: number
  /** One for each job, if it is to call back. */
  callbackUrls?: string[]
}

export interface AcceptedJob {
  id: string
  /** When the upstream is done with it; at most some milliseconds too early, which only makes us look later. */
  endsAtMs: number
}

export type ArkSimulatorsTold = { simulators: { baseUrl: string; credential: Record<string, unknown> }[] } | { batch: number; jobs: AcceptedJob[] } | { failed: string }

const AT_ONCE = 8

/** Plays Ark, and submits jobs to itself when it is told to. Run by flight.ts. */
const { renderSeconds } = JSON.parse(process.argv[2]!) as ArkSimulatorsOptions
const simulators = await Promise.all(renderSeconds.map((seconds) => simulateVolcengineArk({ queuedSeconds: 0, renderSeconds: seconds })))

process.on('message', ({ batch, simulator, count, callbackUrls = [] }: ArkSimulatorsAsked) => {
  accept({ simulator, count, callbackUrls }).then((jobs) => tell({ batch, jobs }), (error: Error) => tell({ failed: error.message }))
})
process.on('disconnect', () => process.exit())
tell({ simulators: simulators.map(({ baseUrl, credential }) => ({ baseUrl, credential })) })

async function accept({ simulator, count, callbackUrls }: { simulator: number; count: number; callbackUrls: readonly string[] }): Promise<AcceptedJob[]> {
  const { baseUrl, credential } = simulators[simulator]!
  const jobs: AcceptedJob[] = []
  let next = 0
  const acceptSome = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      const sentAtMs = performance.timeOrigin + performance.now()
      const answer = await fetch(`${baseUrl}/contents/generations/tasks`, {
        method: 'POST',
        headers: { 'authorization': `Bearer ${String(credential['api_key'])}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'doubao-seedance-2-0-260128', content: [{ type: 'text', text: 'a lag that is measured' }], resolution: '480p', ratio: '16:9', duration: 4, generate_audio: false, callback_url: callbackUrls[index] }),
      })
      const { id } = await answer.json() as { id?: string }
      if (id === undefined) throw new Error(`a simulator answered ${answer.status}`)
      jobs[index] = { id, endsAtMs: sentAtMs + renderSeconds[simulator]! * 1000 }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, acceptSome))
  return jobs
}

function tell(told: ArkSimulatorsTold): void {
  process.send!(told)
}
