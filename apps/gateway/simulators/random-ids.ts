/** What ids are made from: the world of a simulator, whose chance repeats with its seed. */
interface Chance {
  random(): number
}

export function randomUuid(chance: Chance): string {
  const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(chance.random() * 16).toString(16)).join('')
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
}

/** Lower-case letters and digits. */
export function randomId(chance: Chance, length: number): string {
  return Array.from({ length }, () => Math.floor(chance.random() * 36).toString(36)).join('')
}
