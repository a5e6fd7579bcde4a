/**
 * Submissions that this process has under way, by channel. An upstream that hangs holds its callers for as long as its
 * time-out, and one that answers with the finished picture for minutes; either must leave room for the others.
 */
export class CallsUnderWay {
  readonly #counts = new Map<string, number>()
  readonly #maxPerChannel: number

  constructor(maxPerChannel: number) {
    this.#maxPerChannel = maxPerChannel
  }

  /** Takes a place, if there is one. */
  enter(channelId: string): boolean {
    const count = this.#counts.get(channelId) ?? 0
    if (count >= this.#maxPerChannel) return false
    this.#counts.set(channelId, count + 1)
    return true
  }

  leave(channelId: string): void {
    const left = this.#counts.get(channelId)! - 1
    if (left === 0) this.#counts.delete(channelId)
    else this.#counts.set(channelId, left)
  }

  /** How many more may begin now. */
  free(channelId: string): number {
    return this.#maxPerChannel - (this.#counts.get(channelId) ?? 0)
  }
}
