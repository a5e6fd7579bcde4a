/** The sum of a metric over its labels, or over those samples whose labels contain a text, from `/metrics`; 0 when there is none yet. */
export async function readMetric(url: string, name: string, label = ''): Promise<number> {
  const text = await readMetrics(url)
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*${label}[^}]*\\})? (\\S+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0)
}

/** A histogram's cumulative counts by upper bound. */
export async function readHistogram(url: string, name: string): Promise<Map<number, number>> {
  const text = await readMetrics(url)
  return new Map([...text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, 'gm'))].map(([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]))
}

/** The bound that a share `p` of what came between two readings does not exceed. */
export function boundOf(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, p: number): number {
  const counts = [...after].map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) })).toSorted((a, b) => a.bound - b.bound)
  const total = counts.at(-1)?.count ?? 0
  return counts.find(({ count }) => count >= p * total)?.bound ?? Infinity
}

async function readMetrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}
