import type { LogProblem } from './problem.ts'

/** A problem of a log in one sentence, for a line of the daemon's log. */
export function problemText({ kind, path, offset, bytes: count, from, to, keptAs }: LogProblem): string {
  if (kind === 'torn') return `cut off the last ${count} bytes of "${path}", which were not whole`
  if (kind === 'head') return `"${path}" is damaged: room that was given back is told as missing`
  if (kind === 'copy') return `removed "${path}", an old copy of ${count} damaged bytes, to make room for newer ones`
  const kept = keptAs === undefined ? '' : `; they are kept as "${keptAs}"`
  if (kind === 'damaged')
    return `${count} bytes of "${path}" from ${offset} on are damaged, numbers ${from} to ${to - 1}${kept}`
  return `numbers ${from} to ${to - 1} are missing in "${path}"`
}
