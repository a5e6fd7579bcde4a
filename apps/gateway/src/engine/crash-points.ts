/**
 * The places where a crash hurts most: around each commit and each upstream call. The crash suite ends the process at
 * every one of them; in production the hook does nothing.
 */
export const CRASH_POINTS = [
  'create:before_commit',
  'create:after_commit',
  'submit:before_attempt',
  'submit:after_attempt',
  'submit:after_call',
  'submit:after_outcome',
  'check:before_call',
  'check:after_call',
  'check:after_move',
  'archive:before_download',
  'archive:after_store',
  'archive:after_settle',
  'cancel:before_call',
  'cancel:after_call',
  'cancel:after_move',
  'expire:before_move',
  'expire:after_move',
] as const

export type CrashPoint = (typeof CRASH_POINTS)[number]

export type ReachPoint = (point: CrashPoint) => void

export const noCrash: ReachPoint = () => {}
