/** One line of an exposition. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads what Prometheus would read; throws at whatever Prometheus would. */
export function seriesOf(text: string): Series[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const seen = new Set<string>()
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, written = '', value] = /^([a-z_]+)(?:\{(.*)\})? (-?[0-9.e+-]+)$/s.exec(line) ?? []
      if (name === undefined || seen.has(name + written)) throw new Error(`not one series: ${line}`)
      seen.add(name + written)
      return { name, labels: labelsOf(written), value: Number(value) }
    })
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)]
  if (pairs.map(([pair]) => pair).join('') !== text) throw new Error(`not labels: ${text}`)
  return Object.fromEntries(pairs.map(([, label, value]) => [label!, value!]))
}

/** The value of the one series with this name and at least these labels; undefined where there is none. */
export function valueOf(series: readonly Series[], name: string, labels: Series['labels'] = {}): number | undefined {
  const found = series.filter(
    (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )
  if (found.length > 1) throw new Error(`${found.length} series ${name} ${JSON.stringify(labels)}`)
  return found[0]?.value
}
