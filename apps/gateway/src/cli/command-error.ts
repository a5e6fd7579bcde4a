/** Something that the person at the terminal can mend: shown as one line, with exit code 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
