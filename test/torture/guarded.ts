import { asError } from '../../src/core/errors.ts'

/** Daemons that are killed, and who sends to them. */
interface Torture {
  /** The one that lives now, if any. */
  daemon(): { kill(): unknown } | undefined
  readonly senders: { abort(): Promise<unknown> }
  readonly violations: string[]
}

/** Does something to daemons. What goes wrong is a violation, and no daemon and no sender outlives it. */
export async function guarded(torture: Torture, work: () => Promise<void>): Promise<void> {
  const onExit = () => void torture.daemon()?.kill()
  process.once('exit', onExit)
  try {
    await work()
  } catch (error) {
    torture.violations.push(asError(error).message)
  } finally {
    await torture.daemon()?.kill()
    await torture.senders.abort()
    process.off('exit', onExit)
  }
}
