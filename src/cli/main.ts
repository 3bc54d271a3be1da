#!/usr/bin/env node
import { EXIT } from '../daemon/exit-codes.ts'
import { main } from './program.ts'

// Where nobody listens for it, Node opens an inspector, through which any user of this machine can run code in here.
process.on('SIGUSR1', () => {})
// Where nobody listens for errors, Node ends the process with a stack trace. Of standard error nobody can be told.
process.stderr.on('error', () => {})
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A `stdout` consumer listens too: then its pipeline is told. Who closed a pipe, as `head` does, has had enough.
  if (process.stdout.listenerCount('error') > 1 || error.code === 'EPIPE') return
  process.stderr.write(`sluice: standard output cannot be written to (${error.code ?? error.message})\n`)
  process.exit(EXIT.inputOutput)
})

// Not `process.exit`: what is still on its way to a pipe would be cut off.
process.exitCode = await main(process.argv.slice(2))
