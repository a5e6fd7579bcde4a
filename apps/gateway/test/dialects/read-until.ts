/** Two and a half minutes: a long film on a machine that has others to serve. */
const MAX_READS = 1500
const READ_EVERY_MS = 100

/** Reads until the answer is one that `isEnd` was waiting for, and gives it. */
export async function readUntil<T>(read: () => Promise<Response>, isEnd: (answer: T) => boolean): Promise<T> {
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const answer = (await (await read()).json()) as T
    if (isEnd(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS))
  }
  throw new Error(`nothing ended in ${MAX_READS} reads`)
}
