// Loaded before the daemon: its wall clock is wrong by so many ms, as that of a machine is which nobody has set.
const byMs = Number(process.env['CLOCK_SKEW_MS'] ?? 0)
const now = Date.now.bind(Date)

Date.now = () => now() + byMs
