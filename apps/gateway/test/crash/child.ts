import { parseArgs } from 'node:util'
import { readConfig } from '../../src/config.ts'
import { startGateway } from '../../src/main.ts'

/*
 * A gateway that ends itself: `node child.ts [--point submit:after_call] [--nth 2]`, configured by the environment. It
 * prints `{"url": …}` once it serves, and dies by SIGKILL, without any last word, when it reaches the point for the nth
 * time. Without a point it serves until somebody else kills it.
 */

const { values } = parseArgs({ options: { point: { type: 'string' }, nth: { type: 'string', default: '1' } } })
let left = Number(values.nth)

const gateway = await startGateway(readConfig(process.env), {
  reach(point) {
    if (point !== values.point) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  },
})
process.stdout.write(`${JSON.stringify({ url: gateway.url })}\n`)

// Nobody is there to read the results once the parent is gone.
process.once('disconnect', () => process.exit(1))
