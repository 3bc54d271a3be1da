// Loaded before the daemon: its wall clock is wrong by so many ms, as that of a machine is which nobody has set.
const byMs = Number(process.env.CLOCK_SKEW_MS ?? 0)
const Right = globalThis.Date

globalThis.Date = class Date extends Right {
  constructor(...given) {
    if (given.length === 0) super(Right.now() + byMs)
    else super(...given)
  }

  static now() {
    return Right.now() + byMs
  }
}
