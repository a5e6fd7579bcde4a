/**
 * - `not_media`: none of the media types we take, or unreadable as what it begins like.
 * - `mismatch`: a medium, but not the one that was claimed. - `too_large`: more pixels, frames, seconds or bytes than allowed.
 * - `truncated`: the end is missing. - `implausible`: it says what cannot be (no duration, 10 hours in 1 kB, absurd sizes).
 */
export type MediaErrorReason = 'not_media' | 'mismatch' | 'too_large' | 'truncated' | 'implausible'

/** The message is safe to show to whoever sent the file. */
export class MediaError extends Error {
  readonly reason: MediaErrorReason

  constructor(reason: MediaErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'MediaError'
    this.reason = reason
  }
}
