import { DEFAULTS } from '../core/plan.ts'
import { durationText } from '../kit/units.ts'
import type { CheckedNode } from './checked.ts'
import type { Report } from './report.ts'
import { named } from './wording.ts'

/** Finds components whose calls may take longer than their node lets them: what they say of it would never count (D21). */
export function checkTimeouts(nodes: readonly CheckedNode[], report: Report): void {
  for (const { draft, component } of nodes) {
    const { callTimeoutMs } = component ?? {}
    const { timeout = DEFAULTS.timeoutMs } = draft.settings ?? {}
    if (component === undefined || callTimeoutMs === undefined) continue
    if (!Number.isFinite(callTimeoutMs) || callTimeoutMs < timeout) continue
    const [longest, most] = [callTimeoutMs, timeout].map((ms) => durationText(Math.ceil(ms)))
    report.add({
      code: 'SLUICE_CONFIG_PIPELINE',
      severity: 'warning',
      path: [...draft.path, component.name],
      at: 'key',
      message: `a call of ${named(component.name)} may take its \`timeout\` of ${longest}, and ${named(draft.name)} ends each call after ${most}`,
      hint: `give ${named(draft.name)} a \`timeout\` beside ${named(component.name)} that is longer, or ${named(component.name)} a shorter one`,
    })
  }
}
